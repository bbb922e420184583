use std::fmt;

/// Why something did not work.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// An address that is none; what is wrong with it.
    Address(String),
    /// There is no connection.
    Connection(tonic::transport::Error),
    /// The server refused a call, or a call was cut off.
    Status(Box<tonic::Status>),
    /// The server ended a trace without saying why.
    NoEnd,
    /// A manifest or a module cannot be used.
    File(FileError),
    /// A file cannot be read: its path, and why.
    Io(String, std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Address(what) => f.write_str(what),
            Error::Connection(reason) => {
                write!(f, "cannot reach the server: {reason}")?;
                causes(f, reason)
            }
            Error::Status(status) => write!(f, "{:?}: {}", status.code(), status.message()),
            Error::NoEnd => f.write_str("the server ended the stream without saying why"),
            Error::File(fault) => fault.fmt(f),
            Error::Io(path, reason) => write!(f, "{path}: {reason}"),
        }
    }
}

fn causes(f: &mut fmt::Formatter<'_>, error: &dyn std::error::Error) -> fmt::Result {
    let mut cause = error.source();
    while let Some(one) = cause {
        write!(f, ": {one}")?;
        cause = one.source();
    }
    Ok(())
}

impl std::error::Error for Error {}

impl From<tonic::Status> for Error {
    fn from(status: tonic::Status) -> Self {
        Error::Status(Box::new(status))
    }
}

impl From<FileError> for Error {
    fn from(fault: FileError) -> Self {
        Error::File(fault)
    }
}

/// Everything that makes a manifest or a module unusable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// Path of the file.
    pub path: String,
    /// What is wrong, in the order of the file.
    pub problems: Vec<Problem>,
}

/// Something that is wrong in a file, or probably not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong, and what is accepted.
    pub what: String,
}

/// Most errors that one message lists.
const MAX_SHOWN: usize = 20;

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = placed(&self.path, &self.problems);
        if lines.len() > MAX_SHOWN {
            lines.truncate(MAX_SHOWN);
            lines.push(format!("and {} more", self.problems.len() - MAX_SHOWN));
        }
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for FileError {}

/// Each as `path:line:column: what`.
pub(crate) fn placed(path: &str, problems: &[Problem]) -> Vec<String> {
    let line = |one: &Problem| format!("{path}:{}:{}: {}", one.line, one.column, one.what);
    problems.iter().map(line).collect()
}
