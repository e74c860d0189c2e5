//! The one fuzzing program: which parser it feeds is said by PULSEBOOK_FUZZ, see `run` and docs/fuzzing.md.
#![no_main]
// The macro exports the functions that libFuzzer calls by name.
#![allow(unsafe_code)]

libfuzzer_sys::fuzz_target!(init: pulsebook_fuzz::begin(), |data: &[u8]| pulsebook_fuzz::feed(data));
