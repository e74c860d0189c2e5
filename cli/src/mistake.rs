//! A panic is always our mistake: one plain line, an object for a program, exit code 1, no backtrace.

use crate::{
    exit::{Failure, Kind},
    output,
};

/// Makes every panic end that way. Children end with us.
pub(crate) fn set_panic_hook(json: bool) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic
            .location()
            .map_or_else(String::new, |place| format!(" ({}:{})", place.file(), place.line()));
        let failure = Failure::new(format!(
            "Pulsebook made a mistake and stopped{place}; nothing acknowledged is lost, start it again and report this line"
        ))
        .of(Kind::Mistake);
        output::failure(&failure, json);
        std::process::exit(i32::from(Kind::Mistake.exit_code()));
    }));
}
