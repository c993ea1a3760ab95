# SPDX-License-Identifier: EUPL-1.2
"""Seconds that a Python peer needs for one invoice, five samples: lxml with the schema, warm; or a38, parsed and validated.
usage: invoice_peers.py lxml|a38 INVOICE SCHEMA_FOLDER"""
import sys
import time

peer, path, schemas = sys.argv[1:4]
data = open(path, "rb").read()
if peer == "lxml":
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(f"{schemas}/fattura.xsd"))

    def once():
        schema.assertValid(etree.fromstring(data))
else:
    import xml.etree.ElementTree as ET

    from a38 import fattura, validation

    def once():
        invoice = fattura.auto_from_etree(ET.fromstring(data))
        invoice.validate(validation.Validation())


turns = max(1, 1_000_000 // len(data))
once()
for _ in range(5):
    start = time.perf_counter()
    for _ in range(turns):
        once()
    print((time.perf_counter() - start) / turns)
