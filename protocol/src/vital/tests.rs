//! The table of vitals is sound: numbers are frozen, codes are codes, and no step loses what sensors resolve.

use super::*;
use std::collections::BTreeSet;

#[test]
fn wire_numbers_and_names_come_back_to_the_same_thing() {
    for vital in Vital::ALL {
        assert_eq!(Vital::from_wire(vital.wire()), Some(vital));
    }
    for category in Category::ALL {
        assert_eq!(Category::from_wire(category.wire()), Some(category));
        assert_eq!(Category::from_name(category.name()), Some(category));
    }
    assert_eq!(Vital::from_wire(0), None);
    assert!((1..=1000).filter_map(Vital::from_wire).eq(Vital::ALL), "in order, and no number twice");
    assert_eq!(Category::from_wire(11), None);
}

/// What the first published segments hold; whoever changes a row of these breaks them.
#[test]
fn the_first_nine_vitals_and_five_units_are_what_they_were() {
    let numbers = [(1, 0), (2, 0), (3, -1), (1, -1), (4, -2), (5, -1), (5, -1), (5, -1), (1, -1)];
    let first = Vital::ALL.map(|vital| (vital.unit().wire(), vital.exponent()));
    assert_eq!(first[..9], numbers);
    assert_eq!(Vital::ALL[..9].last(), Some(&Vital::CuffPulseRate));
}

/// tests/vectors/proof.json shows a chunk of vital 10 that must be refused as unknown.
#[test]
fn the_number_that_published_vectors_call_unknown_stays_so() {
    assert_eq!(Vital::from_wire(10), None);
}

/// A segment has at most 16 columns, one a vital.
#[test]
fn the_vitals_of_a_category_fit_into_one_segment() {
    for category in Category::ALL {
        let vitals = Vital::ALL.iter().filter(|vital| vital.category() == category).count();
        assert!(vitals <= crate::segment::MAX_COLUMNS, "{category:?}: {vitals}");
    }
}

#[test]
fn no_two_vitals_share_a_name_and_no_two_units_a_symbol() {
    let names: BTreeSet<&str> = Vital::ALL.iter().map(|vital| vital.name()).collect();
    let symbols: BTreeSet<&str> = Unit::ALL.iter().map(|unit| unit.symbol()).collect();
    assert_eq!((names.len(), symbols.len()), (Vital::ALL.len(), Unit::ALL.len()));
    assert!(Unit::ALL.iter().enumerate().all(|(index, unit)| usize::from(unit.wire()) == index + 1));
}

#[test]
fn oxygen_saturation_carries_both_codes_that_profiles_ask_for() {
    let loinc: Vec<&str> = Vital::OxygenSaturation.codes().loinc.iter().map(|loinc| loinc.code).collect();
    assert_eq!(loinc, ["2708-6", "59408-5"]);
}

/// LOINC's check digit: Luhn's, from the right over the digits before the hyphen.
#[test]
fn every_loinc_code_has_its_check_digit() {
    for loinc in Vital::ALL.iter().flat_map(|vital| vital.codes().loinc) {
        let (number, check) = loinc.code.split_once('-').unwrap();
        let digits = number.bytes().rev().map(|digit| u32::from(digit - b'0'));
        let weighed = digits.enumerate().map(|(place, digit)| match place % 2 {
            0 => digit * 2 / 10 + digit * 2 % 10,
            _ => digit,
        });
        let sum: u32 = weighed.sum();
        assert_eq!(check, ((10 - sum % 10) % 10).to_string(), "{loinc:?}");
    }
}

/// Partitions of ISO/IEEE 11073-10101: 2 vital signs, 128 disease management, 129 health and fitness.
#[test]
fn every_mdc_code_is_in_a_partition_of_measurements_and_leads_back_unless_shared() {
    for vital in Vital::ALL {
        let Some(mdc) = vital.codes().mdc else { continue };
        let partition = match mdc.reference_id {
            id if id.starts_with("MDC_CTXT_") || id == "MDC_CONC_GLU_TREND" => 128,
            id if id.starts_with("MDC_HF_") => 129,
            _ => 2,
        };
        assert_eq!(mdc.code >> 16, partition, "{mdc:?}");
        let shared = ["MDC_HF_CAD", "MDC_CTXT_MEDICATION"].contains(&mdc.reference_id);
        assert_eq!(Vital::from_mdc(mdc.code), (!shared).then_some(vital), "{mdc:?}");
    }
}

#[test]
fn every_hundredth_of_a_millimole_of_glucose_comes_back_from_milligrams() {
    for hundredths in 0..=5000 {
        let stored = (hundredths * GLUCOSE_MILLIGRAM_PER_MOLE + 50_000) / 100_000;
        let back = (stored * 100_000 + GLUCOSE_MILLIGRAM_PER_MOLE / 2) / GLUCOSE_MILLIGRAM_PER_MOLE;
        assert_eq!(back, hundredths);
    }
}

/// Steps of Bluetooth's fields in millionths of the stored unit, against the stored step.
#[test]
fn a_stored_step_is_finer_than_what_sensors_send() {
    let fields = [
        (Vital::BodyWeight, 4_535.0),       // 0.01 lb in mg
        (Vital::BodyHeight, 254_000.0),     // 0.1 in
        (Vital::Speed, 1e6 / 256.0),        // 1/256 m/s
        (Vital::MuscleMass, 4_535.0),       // 0.01 lb
        (Vital::Impedance, 100_000.0),      // 0.1 ohm
        (Vital::BodyMassIndex, 100_000.0),  // 0.1 kg/m²
        (Vital::Distance, 100_000.0),       // dm
        (Vital::StrideLength, 1_000_000.0), // cm
        (Vital::MedicationVolume, 2_500.0), // a quarter of a unit of U-100
    ];
    for (vital, field) in fields {
        let stored = 1e6 * 10f64.powi(i32::from(vital.exponent()));
        assert!(stored <= field, "{vital:?}: {stored} > {field}");
    }
}
