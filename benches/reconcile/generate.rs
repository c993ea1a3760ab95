// SPDX-License-Identifier: EUPL-1.2
//! Documents of a made-up country: each order has a plan (exact, under, over), some invoices, some payments.
//! The same documents are written plain and full.

use std::fmt::Write as _;

/// A generator whose numbers are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for place in (1..all.len()).rev() {
            let other = self.below(place as u64 + 1) as usize;
            all.swap(place, other);
        }
    }
}

fn cig(number: u64) -> String {
    format!("Z{:09X}", number.wrapping_mul(0x9E_3779_B97F) % 0xF_FFFF_FFFF)
}

pub(crate) fn cup(number: u64) -> String {
    format!("A00B0{:09}1", number % 5_000)
}

fn supplier(order: u64) -> u64 {
    10_000_000_000 + (order % 20_000 * 7_919) % 40_000
}

struct Made {
    plain: [Vec<String>; 3],
    full: [Vec<String>; 3],
}

const PLAIN: [(&str, &str); 3] = [
    ("orders", "order_id,comune,cig,cup,supplier,amount"),
    ("invoices", "invoice_id,number,order_ref,cig,supplier,kind,amount"),
    ("payments", "payment_id,number,cig,supplier,amount"),
];
const FULL: [(&str, &str); 3] = [
    ("orders_full", "id,number,day,cig,cup,supplier,buyer,gross"),
    (
        "invoices_full",
        "id,number,day,year,kind,order,order_day,cig,cup,supplier,buyer,gross,vat,split,sdi,corrects,corrects_day,iban",
    ),
    ("payments_full", "id,number,year,cig,cup,supplier,amount,debt,sdi,iban,buyer"),
];

pub(crate) fn write(dir: &str, orders: u64, invoices: u64, payments: u64) {
    let mut dice = Dice(20_250_310);
    let mut made = Made { plain: Default::default(), full: Default::default() };
    for order in 0..orders {
        let amount = 10_000 + dice.below(5_000_000);
        let (c, p, s) = (cig(order), cup(order), supplier(order));
        made.plain[0].push(format!("ORD{order:08},{},{c},{p},{s},{amount}", 1 + order % 1_851));
        made.full[0].push(format!(
            "{order},ORD{order:08},{},{c},{p},{s},B{},{amount}",
            20_000 + order % 300,
            1 + order % 1_851
        ));
        invoice(&mut dice, &mut made, order, amount as i64, (orders, invoices, payments));
    }
    while (made.plain[2].len() as u64) < payments {
        let number = made.plain[2].len() as u64;
        let (named, c, s) = (9_000_000 + number % 900_000, cig(number + 2_000_000_000), supplier(number));
        let amount = 100 + number % 1_000;
        made.plain[2].push(format!("{number},FT{named:07},{c},{s},{amount}"));
        made.full[2].push(format!("{number},FT{named:07},2026,{c},,{s},{amount},C,,,"));
    }
    std::fs::create_dir_all(dir).expect("the folder can be made");
    for (names, mut tables) in [(PLAIN, made.plain), (FULL, made.full)] {
        for ((name, head), rows) in names.into_iter().zip(&mut tables) {
            if !name.starts_with("orders") {
                dice.shuffle(rows);
            }
            let mut text = String::with_capacity(rows.len() * 60);
            writeln!(text, "{head}").expect("a string takes all");
            rows.iter().for_each(|row| {
                text.push_str(row);
                text.push('\n');
            });
            std::fs::write(format!("{dir}/{name}.csv"), text).expect("the file can be written");
        }
    }
}

fn invoice(
    dice: &mut Dice,
    made: &mut Made,
    order: u64,
    amount: i64,
    (orders, invoices, payments): (u64, u64, u64),
) {
    let first = made.plain[1].len() as u64;
    let count = ((order + 1) * invoices / orders).saturating_sub(first).max(1);
    let plan = dice.below(100);
    let whole = match plan {
        0..=69 => amount,
        70..=89 => amount * 6 / 10,
        _ => amount * 11 / 10,
    };
    let (c, p, s) = (cig(order), cup(order), supplier(order));
    let mut left = whole;
    for index in 0..count {
        let id = made.plain[1].len() as u64;
        if id >= invoices {
            return;
        }
        let is_note = plan < 3 && index + 1 == count && count > 1;
        let value = match () {
            () if is_note => -(whole / 20),
            () if index + 1 == count || (plan < 3 && index + 2 == count) => left,
            () => whole / count as i64,
        };
        left -= value;
        let kind = if is_note { "TD04" } else { "TD01" };
        let is_named = dice.below(10) > 0;
        let (named, day) = if is_named {
            (format!("ORD{order:08}"), (20_000 + order % 300).to_string())
        } else {
            (String::new(), String::new())
        };
        made.plain[1].push(format!("{id},FT{id:07},{named},{c},{s},{kind},{value}"));
        let vat = value.abs() * 22 / 122;
        let is_split = !is_note && dice.below(100) < 10;
        let named_cup = if dice.below(100) < 70 { p.as_str() } else { "" };
        let corrects = if is_note {
            (format!("FT{:07}", id - 1), (20_400 + (id - 1) % 300).to_string())
        } else {
            Default::default()
        };
        made.full[1].push(format!(
            "{id},FT{id:07},{},2026,{kind},{named},{day},{c},{named_cup},{s},B{},{},{vat},{},{},{},{},IT{s}",
            20_400 + id % 300,
            1 + order % 1_851,
            value.abs(),
            u8::from(is_split),
            5_000_000 + id,
            corrects.0,
            corrects.1
        ));
        let paid = Paid {
            invoice: id,
            value,
            vat,
            is_split,
            cig: &c,
            cup: &p,
            supplier: s,
            comune: 1 + order % 1_851,
            payments,
        };
        pay(dice, made, paid);
    }
}

struct Paid<'a> {
    invoice: u64,
    value: i64,
    vat: i64,
    is_split: bool,
    cig: &'a str,
    cup: &'a str,
    supplier: u64,
    comune: u64,
    payments: u64,
}

fn pay(dice: &mut Dice, made: &mut Made, paid: Paid<'_>) {
    let choice = dice.below(100);
    let half = paid.value / 2;
    let parts: Vec<(i64, char)> = match choice {
        _ if paid.is_split => vec![(paid.value - paid.vat, 'C'), (paid.vat, 'V')],
        0..=89 => vec![(paid.value, 'C')],
        90..=94 => vec![(half, 'C'), (paid.value - half, 'C')],
        _ => vec![],
    };
    for (value, debt) in parts {
        let id = made.plain[2].len() as u64;
        if id >= paid.payments {
            return;
        }
        let wrong = cig(id + 1_000_000_000);
        let named = if dice.below(200) == 0 { wrong.as_str() } else { paid.cig };
        let (s, number) = (paid.supplier, paid.invoice);
        made.plain[2].push(format!("{id},FT{number:07},{named},{s},{value}"));
        let sdi = if dice.below(20) == 0 { String::new() } else { (5_000_000 + number).to_string() };
        let loose = if sdi.is_empty() && dice.below(5) == 0 { "-" } else { "" };
        let payee = if debt == 'V' { 97_210_890_584 } else { s };
        made.full[2].push(format!(
            "{id},FT{loose}{number:07},2026,{named},{},{payee},{value},{debt},{sdi},IT{s},B{}",
            paid.cup, paid.comune
        ));
    }
}
