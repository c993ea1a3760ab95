// SPDX-License-Identifier: EUPL-1.2
//! The codes that may say why there is a discount (UNCL 5189, the subset of Peppol) or a charge (UNCL 7161).

const DISCOUNTS: &str = "41 42 60 62 63 64 65 66 67 68 70 71 88 95 100 102 103 104 105";

const CHARGES: &str = "AA AAA AAC AAD AAE AAF AAH AAI AAS AAT AAV AAY AAZ ABA ABB ABC ABD ABF ABK ABL ABN ABR ABS ABT ABU \
ACF ACG ACH ACI ACJ ACK ACL ACM ACS ADC ADE ADJ ADK ADL ADM ADN ADO ADP ADQ ADR ADT ADW ADY ADZ AEA \
AEB AEC AED AEF AEH AEI AEJ AEK AEL AEM AEN AEO AEP AES AET AEU AEV AEW AEX AEY AEZ AJ AU CA CAB \
CAD CAE CAF CAI CAJ CAK CAL CAM CAN CAO CAP CAQ CAR CAS CAT CAU CAV CAW CD CG CS CT DAB DAD DL EG \
EP ER FAA FAB FAC FC FH FI GAA HAA HD HH IAA IAB ID IF IR IS KO L1 LA LAA LAB LF MAE MI ML NAA OA \
PA PAA PC PL RAB RAC RAD RAF RE RF RH RV SA SAA SAD SAE SAI SG SH SM SU TAB TAC TT TV V1 V2 WH XAA \
YY ZZZ";

/// Whether the code is one for discounts.
pub(super) fn is_discount(code: &str) -> bool {
    DISCOUNTS.split(' ').any(|known| known == code)
}

/// Whether the code is one for charges.
pub(super) fn is_charge(code: &str) -> bool {
    CHARGES.split(' ').any(|known| known == code)
}
