# SPDX-License-Identifier: EUPL-1.2
"""The plain three-way match in DuckDB, two threads. usage: duckdb_peer.py DIR"""
import json, resource, sys, time
import duckdb

KINDS = {
    "orders": "'order_id':'VARCHAR','comune':'INT','cig':'VARCHAR','cup':'VARCHAR','supplier':'BIGINT','amount':'BIGINT'",
    "invoices": "'invoice_id':'BIGINT','number':'VARCHAR','order_ref':'VARCHAR','cig':'VARCHAR','supplier':'BIGINT','kind':'VARCHAR','amount':'BIGINT'",
    "payments": "'payment_id':'BIGINT','number':'VARCHAR','cig':'VARCHAR','supplier':'BIGINT','amount':'BIGINT'",
}
STEPS = [
    """CREATE TEMP TABLE paid AS SELECT cig, supplier, number, sum(amount)::BIGINT paid, count(*) n FROM payments GROUP BY ALL""",
    """CREATE TEMP TABLE bills AS SELECT i.amount, o.order_id, coalesce(p.paid, 0) paid, coalesce(p.n, 0) n FROM invoices i
       LEFT JOIN orders o ON o.cig = i.cig AND o.supplier = i.supplier
         AND (i.order_ref IS NULL OR i.order_ref = '' OR i.order_ref = o.order_id)
       LEFT JOIN paid p ON p.cig = i.cig AND p.supplier = i.supplier AND p.number = i.number""",
    """CREATE TEMP TABLE ends AS SELECT o.order_id, s.billed, s.paid, CASE WHEN s.n IS NULL THEN 0
         WHEN s.billed < o.amount - 1 THEN 3 WHEN s.billed > o.amount + 1 THEN 4 WHEN s.paid = s.billed THEN 1 ELSE 2 END st
       FROM orders o LEFT JOIN (SELECT order_id, count(*) n, sum(amount)::BIGINT billed, sum(paid)::BIGINT paid FROM bills
         WHERE order_id IS NOT NULL GROUP BY 1) s USING (order_id)""",
]
start = time.perf_counter()
db = duckdb.connect()
db.execute("SET threads = 2")
for table, kinds in KINDS.items():
    db.execute(f"CREATE TABLE {table} AS SELECT * FROM read_csv('{sys.argv[1]}/{table}.csv', header=true, auto_detect=false, delim=',', columns={{{kinds}}})")
loaded = time.perf_counter()
for step in STEPS:
    db.execute(step)
end = time.perf_counter()
st = dict(db.execute("SELECT st, count(*) FROM ends GROUP BY 1").fetchall())
inv = db.execute("""SELECT count(*) FILTER (n = 0), count(*) FILTER (n > 0 AND paid = amount),
  count(*) FILTER (n > 0 AND paid <> amount AND abs(paid) < abs(amount)),
  count(*) FILTER (n > 0 AND paid <> amount AND abs(paid) >= abs(amount)) FROM bills""").fetchone()
sums = db.execute("SELECT sum(billed)::BIGINT, sum(paid)::BIGINT FROM ends").fetchone()
print(json.dumps({"engine": "duckdb", "load_ms": round(1000 * (loaded - start)), "match_ms": round(1000 * (end - loaded)),
                  "total_ms": round(1000 * (end - start)), "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                  "status": [st.get(k, 0) for k in range(5)], "inv": list(inv), "invoiced": sums[0], "paid": sums[1]}))
