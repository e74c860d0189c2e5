//! What happens at a point when the feature is on: counting, the log, and the fault that the environment asks for.

use crate::Point;
use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write},
    sync::{Mutex, OnceLock, PoisonError},
};

const FAULT: &str = "PULSEBOOK_FAULT";
const LOG: &str = "PULSEBOOK_FAULT_LOG";

/// What an armed point does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Kill,
    Torn,
    NoSpace,
    Broken,
    Short,
}

/// One order of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Order {
    /// None: every point.
    name: Option<String>,
    nth: u64,
    onwards: bool,
    what: What,
}

impl Order {
    fn parse(text: &str) -> Option<Order> {
        let mut parts = text.split(':');
        let (name, nth, what) = (parts.next()?, parts.next()?, parts.next()?);
        let known = name == "*" || Point::ALL.iter().any(|point| point.name() == name);
        let what = match what {
            "kill" => What::Kill,
            "torn" => What::Torn,
            "enospc" => What::NoSpace,
            "eio" => What::Broken,
            "short" => What::Short,
            _ => return None,
        };
        let onwards = nth.ends_with('+');
        let nth = nth.trim_end_matches('+').parse().ok()?;
        let name = (name != "*").then(|| name.to_owned());
        (known && parts.next().is_none()).then_some(Order { name, nth, onwards, what })
    }

    fn is_meant(&self, name: &str, own: u64, all: u64) -> bool {
        let times = match &self.name {
            Some(meant) if meant == name => own,
            Some(_) => return false,
            None => all,
        };
        times == self.nth || (self.onwards && times > self.nth)
    }
}

fn orders() -> &'static [Order] {
    static ORDERS: OnceLock<Vec<Order>> = OnceLock::new();
    ORDERS.get_or_init(|| {
        let text = env::var(FAULT).unwrap_or_default();
        let orders: Option<Vec<Order>> =
            text.split(',').filter(|order| !order.is_empty()).map(Order::parse).collect();
        // A test that arms nothing because of a spelling mistake would prove nothing.
        orders.unwrap_or_else(|| {
            let _ = writeln!(io::stderr(), "{FAULT}={text} is not understood");
            std::process::abort()
        })
    })
}

/// Counts, writes the log, and finds what is to happen.
fn next(point: Point) -> Option<What> {
    static TIMES: Mutex<BTreeMap<&'static str, u64>> = Mutex::new(BTreeMap::new());
    let orders = orders();
    let name = point.name();
    log(name);
    #[allow(clippy::panic)]
    if env::var("PULSEBOOK_PANIC").is_ok_and(|wanted| wanted == name) {
        panic!("a test asked for it");
    }
    let mut times = TIMES.lock().unwrap_or_else(PoisonError::into_inner);
    let mut count = |name| {
        let count: &mut u64 = times.entry(name).or_default();
        *count += 1;
        *count
    };
    let (own, all) = (count(name), count("*"));
    orders.iter().find(|order| order.is_meant(name, own, all)).map(|order| order.what)
}

fn log(name: &str) {
    static FILE: OnceLock<Option<fs::File>> = OnceLock::new();
    let open = || fs::OpenOptions::new().append(true).create(true).open(env::var_os(LOG)?).ok();
    if let Some(mut file) = FILE.get_or_init(open).as_ref() {
        let _ = file.write_all(format!("{name}\n").as_bytes());
    }
}

pub(crate) fn record(bytes: &[u8]) {
    static FILE: OnceLock<Option<fs::File>> = OnceLock::new();
    let open =
        || fs::OpenOptions::new().append(true).create(true).open(env::var_os("PULSEBOOK_RECORD")?).ok();
    if let Some(mut file) = FILE.get_or_init(open).as_ref() {
        let _ = file.write_all(bytes);
    }
}

pub(crate) fn clock_shift_ms() -> i64 {
    let file = env::var_os("PULSEBOOK_CLOCK").map(fs::read_to_string);
    file.and_then(Result::ok).and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

pub(crate) fn reach(point: Point) -> io::Result<()> {
    match next(point) {
        None => Ok(()),
        Some(What::Kill | What::Torn) => kill(),
        Some(What::NoSpace | What::Short) => Err(no_space()),
        Some(What::Broken) => Err(io::Error::from(rustix::io::Errno::IO)),
    }
}

pub(crate) fn write_all(point: Point, out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let half = bytes.get(..bytes.len() / 2).unwrap_or_default();
    match next(point) {
        None => out.write_all(bytes),
        Some(What::Kill) => kill(),
        Some(What::Torn) => out.write_all(half).and_then(|()| kill()),
        Some(What::NoSpace) => Err(no_space()),
        Some(What::Broken) => Err(io::Error::from(rustix::io::Errno::IO)),
        Some(What::Short) => out.write_all(half).and_then(|()| Err(no_space())),
    }
}

fn no_space() -> io::Error {
    io::Error::from(rustix::io::Errno::NOSPC)
}

/// As `kill -9` from outside: no destructor runs, nothing is flushed, no other thread goes on.
fn kill() -> io::Result<()> {
    let own = rustix::process::getpid();
    rustix::process::kill_process(own, rustix::process::Signal::KILL)?;
    loop {
        std::thread::park();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_understood_or_refused() {
        let order = Order::parse("journal.append:3+:short").unwrap();
        assert!(!order.is_meant("journal.append", 2, 9));
        assert!(order.is_meant("journal.append", 4, 9) && !order.is_meant("journal.sync", 4, 9));
        assert!(Order::parse("*:7:kill").unwrap().is_meant("journal.sync", 1, 7));
        for wrong in
            ["journal.apend:1:kill", "journal.append:1", "journal.append:x:kill", "*:1:die", "*:1:kill:"]
        {
            assert_eq!(Order::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn no_name_is_given_twice() {
        let names: std::collections::BTreeSet<_> = Point::ALL.iter().map(|point| point.name()).collect();
        assert_eq!(names.len(), Point::ALL.len());
    }
}
