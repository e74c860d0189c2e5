//! Passphrases and words: from a prompt, a file or a pipe; never from a flag's value, which other programs can see.

use crate::{
    durable,
    exit::{Failure, Outcome},
};
use clap::Args;
use pulsebook_faultpoint::Point;
use std::{
    fs,
    io::{self, BufRead, IsTerminal, Read, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// A secret as text, wiped when dropped.
pub(crate) type SecretText = Zeroizing<String>;

/// Most bytes of a secret that somebody types or keeps in a file.
const LIMIT: u64 = 4096;

/// Where the passphrase comes from.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PassphraseArgs {
    /// Read the passphrase from the first line of this file instead of asking
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// Where the 24 words come from.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct WordsArgs {
    /// Read the 24 words from this file instead of asking
    #[arg(long, value_name = "FILE")]
    pub(crate) words_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// The passphrase of an existing folder.
    ///
    /// # Errors
    /// The file cannot be read, or nothing was typed.
    pub(crate) fn read(&self) -> Outcome<SecretText> {
        match &self.passphrase_file {
            Some(file) => first_line(file, "the passphrase"),
            None => ask("Passphrase: ", "the passphrase"),
        }
    }

    /// A passphrase for a new folder; asked twice at a terminal.
    ///
    /// # Errors
    /// As [`PassphraseArgs::read`], or the two differ.
    pub(crate) fn choose(&self) -> Outcome<SecretText> {
        if self.passphrase_file.is_some() || !io::stdin().is_terminal() {
            return self.read();
        }
        let first = ask("Choose a passphrase: ", "the passphrase")?;
        if *ask("Type it again: ", "the passphrase")? != *first {
            return Err(Failure::new("the two passphrases differ")
                .action("run the command again and type the same twice"));
        }
        Ok(first)
    }
}

impl WordsArgs {
    /// The words as typed; the caller checks them.
    ///
    /// # Errors
    /// The file cannot be read, or nothing was typed.
    pub(crate) fn read(&self) -> Outcome<SecretText> {
        match &self.words_file {
            Some(file) => whole(file, "the 24 words")
                .map(|text| Zeroizing::new(text.split_whitespace().collect::<Vec<_>>().join(" "))),
            None => ask("The 24 words from your paper: ", "the 24 words"),
        }
    }
}

/// Asks at the terminal without echo, or reads one line of a pipe.
///
/// # Errors
/// Nothing came.
pub(crate) fn ask(prompt: &str, what: &str) -> Outcome<SecretText> {
    let line = if io::stdin().is_terminal() {
        Zeroizing::new(rpassword::prompt_password(prompt).map_err(|error| Failure::from(error).during(what))?)
    } else {
        line_of(&mut io::stdin().lock(), what)?
    };
    not_empty(line, what)
}

/// Asks at the terminal with echo, for what is no secret.
///
/// # Errors
/// Nothing came.
pub(crate) fn ask_openly(prompt: &str, what: &str) -> Outcome<SecretText> {
    {
        // Not held while somebody types: what stops the command must still be able to speak.
        let mut out = io::stderr().lock();
        let _ = write!(out, "{prompt}").and_then(|()| out.flush());
    }
    not_empty(line_of(&mut io::stdin().lock(), what)?, what)
}

/// Writes a secret to a new file that only its owner can read.
///
/// # Errors
/// The file exists or cannot be written.
pub(crate) fn write_secret(path: &Path, text: &str) -> Outcome {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = pulsebook_faultpoint::reach(Point::SecretCreate).and_then(|()| options.open(&part));
    let written = made.and_then(|mut file| {
        if path.exists() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        pulsebook_faultpoint::write_all(Point::SecretWrite, &mut file, format!("{text}\n").as_bytes())?;
        pulsebook_faultpoint::reach(Point::SecretSync).and_then(|()| file.sync_all())?;
        // Whole or not there: half of a secret would look like one.
        pulsebook_faultpoint::reach(Point::SecretRename)?;
        fs::rename(&part, path)?;
        durable::sync_name_of(path)
    });
    written.map_err(|error| {
        Failure::file(format!("{} could not be written: {error}", path.display()), &error)
            .or_action("name a file that does not exist yet, in a folder you may write to")
    })
}

fn line_of(input: &mut dyn BufRead, what: &str) -> Outcome<SecretText> {
    let mut line = Zeroizing::new(String::new());
    input
        .take(LIMIT)
        .read_line(&mut line)
        .map_err(|error| Failure::from(error).during(&format!("reading {what}")))?;
    Ok(line)
}

fn first_line(file: &Path, what: &str) -> Outcome<SecretText> {
    let text = whole(file, what)?;
    not_empty(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()), what)
}

fn whole(file: &Path, what: &str) -> Outcome<SecretText> {
    let mut text = Zeroizing::new(String::new());
    let read = fs::File::open(file).and_then(|file| file.take(LIMIT).read_to_string(&mut text));
    read.map_err(|error| {
        Failure::new(format!("{} could not be read: {error}", file.display()))
            .expected(format!("a text file with {what}"))
    })?;
    Ok(text)
}

fn not_empty(text: SecretText, what: &str) -> Outcome<SecretText> {
    let trimmed = Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
    if trimmed.is_empty() {
        return Err(Failure::new(format!("{what} came empty"))
            .expected("one line from the keyboard, a pipe or a file")
            .action("type it, or name a file with --passphrase-file or --words-file"));
    }
    Ok(trimmed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_loses_only_its_end() {
        let line = line_of(&mut "  my secret \r\nnext\n".as_bytes(), "it").unwrap();
        assert_eq!(*not_empty(line, "it").unwrap(), "  my secret ");
    }

    #[test]
    fn an_empty_secret_is_refused_with_words() {
        assert!(
            not_empty(Zeroizing::new("\n".into()), "the passphrase")
                .unwrap_err()
                .to_string()
                .contains("came empty")
        );
    }
}
