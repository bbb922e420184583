//! YAML files with the places of what they say.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use crate::error::{Error, FileError, Problem, placed};

/// One with every function of a kernel that takes an sk_buff has about 100 KiB.
const MAX_BYTES: usize = 1 << 20;
/// Open constructs at one point; a manifest of any shape has fewer than 12.
const MAX_DEPTH: usize = 64;
/// Nested aliases can make a small file a huge manifest.
const MAX_ALIASES: usize = 100;
const MAX_QUOTED: usize = 60;

/// What was read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded<T> {
    /// For a request.
    pub value: T,
    /// What the file's author probably did not mean, each as "path:line:column: what".
    pub warnings: Vec<String>,
}

/// Number of a node in its file.
pub(crate) type NodeId = usize;

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    line: usize,
    column: usize,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Scalar { text: String, schema: Schema },
    List(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
    Alias(NodeId),
}

/// What a scalar is by the core schema of YAML 1.2, §10.3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    Empty,
    Text,
    Number,
    Bool,
}

/// One file that is read, and what is wrong with it.
pub(crate) struct File<'a> {
    path: &'a str,
    nodes: Vec<Node>,
    /// None when the file is empty.
    pub(crate) root: Option<NodeId>,
    errors: Vec<Problem>,
    warnings: Vec<Problem>,
    aliases: usize,
}

/// The fields of a mapping, in their order.
pub(crate) struct Fields(Vec<(String, NodeId)>);

impl Fields {
    pub(crate) fn get(&self, key: &str) -> Option<NodeId> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, node)| *node)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(String, NodeId)> {
        self.0.iter()
    }
}

/// Reads a file's text; no more than the limit and one byte, so that endless devices and pipes do no harm.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    let fail = |reason| Error::Io(path.display().to_string(), reason);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(fail)?;
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(fail)?;
    String::from_utf8(bytes).map_err(|_| unusable(path, "is not text in UTF-8: give a YAML file".to_owned()).into())
}

fn unusable(path: &Path, what: String) -> FileError {
    FileError { path: path.display().to_string(), problems: vec![Problem { line: 1, column: 1, what }] }
}

/// The file's name without its extension.
pub(crate) fn base_name(path: &str) -> String {
    Path::new(path).file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

impl<'a> File<'a> {
    /// Reads a text of one document; `what` is what it should hold.
    pub(crate) fn parse(text: &str, path: &'a str, what: &str) -> Result<Self, FileError> {
        if text.len() > MAX_BYTES {
            return Err(unusable(Path::new(path), format!("is larger than a {what} may be, {MAX_BYTES} bytes")));
        }
        let mut builder = Builder::default();
        let mut file =
            Self { path, nodes: Vec::new(), root: None, errors: Vec::new(), warnings: Vec::new(), aliases: 0 };
        for event in Parser::new_from_str(text) {
            let added = event.map_err(Problem::from).and_then(|(event, span)| builder.add(event, span, what));
            added.map_err(|problem| FileError { path: path.to_owned(), problems: vec![problem] })?;
        }
        file.nodes = builder.nodes;
        file.root = builder.root;
        file.root = file.root.map(|root| file.follow(root));
        Ok(file)
    }

    /// The error of the file; None when nothing is wrong with it.
    fn fault(&mut self) -> Option<FileError> {
        self.errors.sort_by_key(|one| (one.line, one.column));
        let problems = std::mem::take(&mut self.errors);
        (!problems.is_empty()).then(|| FileError { path: self.path.to_owned(), problems })
    }

    /// The value with the warnings, or what is wrong.
    pub(crate) fn finish<T>(mut self, value: T) -> Result<Loaded<T>, FileError> {
        if let Some(fault) = self.fault() {
            return Err(fault);
        }
        self.warnings.sort_by_key(|one| (one.line, one.column));
        Ok(Loaded { value, warnings: placed(self.path, &self.warnings) })
    }

    pub(crate) fn kind(&self, node: NodeId) -> &Kind {
        &self.nodes[node].kind
    }

    pub(crate) fn line(&self, node: NodeId) -> usize {
        self.nodes[node].line
    }

    /// Aliases would repeat what is wrong with what they stand for.
    pub(crate) fn error(&mut self, at: NodeId, what: impl Into<String>) {
        let problem = self.problem(Some(at), what.into());
        if !self.errors.contains(&problem) {
            self.errors.push(problem);
        }
    }

    /// Something that is wrong with the file as a whole.
    pub(crate) fn error_of_all(&mut self, what: impl Into<String>) {
        let problem = self.problem(self.root, what.into());
        self.errors.push(problem);
    }

    pub(crate) fn warn(&mut self, at: NodeId, what: String) {
        let problem = self.problem(Some(at), what);
        if !self.warnings.contains(&problem) {
            self.warnings.push(problem);
        }
    }

    fn problem(&self, at: Option<NodeId>, what: String) -> Problem {
        let (line, column) = at.map_or((1, 1), |node| (self.nodes[node].line, self.nodes[node].column));
        Problem { line, column, what }
    }

    fn follow(&mut self, node: NodeId) -> NodeId {
        let Kind::Alias(target) = *self.kind(node) else { return node };
        self.aliases += 1;
        if self.aliases <= MAX_ALIASES {
            return target;
        }
        self.error(node, format!("there are more than {MAX_ALIASES} aliases: write them out"));
        self.nodes[node].kind = Kind::Scalar { text: String::new(), schema: Schema::Empty };
        node
    }

    /// The elements of a list; None for anything else.
    pub(crate) fn elements(&mut self, node: NodeId) -> Option<Vec<NodeId>> {
        let Kind::List(elements) = self.kind(node) else { return None };
        let elements = elements.clone();
        Some(elements.into_iter().map(|one| self.follow(one)).collect())
    }

    /// The fields of a mapping, None for anything else. Reports keys that are given twice.
    pub(crate) fn fields(&mut self, node: NodeId) -> Option<Fields> {
        let Kind::Mapping(members) = self.kind(node) else { return None };
        let members = members.clone();
        let mut fields = Fields(Vec::new());
        for (key, value) in members {
            let Kind::Scalar { text: name, .. } = self.kind(key).clone() else {
                self.error(key, "is not YAML: keys must be texts");
                continue;
            };
            if fields.get(&name).is_some() {
                self.error(key, format!("the key {} is given twice: leave one of them out", quote(&name)));
            } else {
                let value = self.follow(value);
                fields.0.push((name, value));
            }
        }
        Some(fields)
    }

    /// The same; reports other keys than these as a warning.
    pub(crate) fn known_fields(&mut self, node: NodeId, owner: &str, known: &[&str]) -> Option<Fields> {
        let Kind::Mapping(members) = self.kind(node) else { return None };
        for (key, _) in members.clone() {
            if let Kind::Scalar { text, .. } = self.kind(key)
                && !known.contains(&text.as_str())
            {
                let what = format!("the key {} is ignored: {owner} has the keys {}", quote(text), known.join(", "));
                self.warn(key, what);
            }
        }
        self.fields(node)
    }

    /// The text of a node without blanks around it; None for anything else, and for an empty one.
    pub(crate) fn text_of(&self, node: NodeId) -> Option<&str> {
        match self.kind(node) {
            Kind::Scalar { text, schema: Schema::Text } if !text.trim().is_empty() => Some(text.trim()),
            _ => None,
        }
    }

    /// The text of an optional field; None when it is absent or, which is reported, not a text.
    pub(crate) fn text(&mut self, fields: &Fields, key: &str) -> Option<String> {
        let node = fields.get(key)?;
        let text = self.text_of(node).map(str::to_owned);
        if text.is_none() {
            self.error(node, format!("{key} is {}: give a text", self.describe(node)));
        }
        text
    }

    /// The value of an optional field that is true or false; `owner` says what it belongs to.
    pub(crate) fn flag(&mut self, fields: &Fields, key: &str, owner: &str) -> bool {
        let Some(node) = fields.get(key) else { return false };
        if let Kind::Scalar { text, schema: Schema::Bool } = self.kind(node) {
            return text.eq_ignore_ascii_case("true");
        }
        self.error(node, format!("{key}{owner} is {}: give true or false", self.describe(node)));
        false
    }

    /// A whole number in a range; None for anything else.
    pub(crate) fn number(&self, node: NodeId, least: u32, most: u32) -> Option<u32> {
        let Kind::Scalar { text, schema: Schema::Number } = self.kind(node) else { return None };
        let number = match (text.strip_prefix("0o"), text.strip_prefix("0x")) {
            (Some(digits), _) => f64::from(u32::from_str_radix(digits, 8).ok()?),
            (_, Some(digits)) => f64::from(u32::from_str_radix(digits, 16).ok()?),
            _ => text.parse::<f64>().ok()?,
        };
        let is_whole = number.fract() == 0.0 && number >= f64::from(least) && number <= f64::from(most);
        is_whole.then_some(number as u32)
    }

    /// What a node is, for messages.
    pub(crate) fn describe(&self, node: NodeId) -> String {
        match self.kind(node) {
            Kind::Mapping(_) => "a mapping".to_owned(),
            Kind::List(_) => "a list".to_owned(),
            Kind::Alias(_) | Kind::Scalar { schema: Schema::Empty, .. } => "empty".to_owned(),
            Kind::Scalar { text, schema: Schema::Text } => format!("the text {}", quote(text)),
            Kind::Scalar { text, schema: Schema::Number } => format!("the number {text}"),
            Kind::Scalar { text, schema: Schema::Bool } => text.clone(),
        }
    }
}

/// Text of a file made fit for a message: in double quotes, shortened, control characters escaped.
pub(crate) fn quote(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{:?}", format!("{}…", &text[..end])),
        None => format!("{text:?}"),
    }
}

/// Makes nodes from the events of a parser.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    /// Lists and mappings that are open, each with what they hold so far.
    open: Vec<(NodeId, Vec<NodeId>)>,
    anchors: HashMap<usize, NodeId>,
    documents: usize,
    root: Option<NodeId>,
}

impl Builder {
    fn add(&mut self, event: Event<'_>, span: Span, what: &str) -> Result<(), Problem> {
        let at = |what: String| Problem { line: span.start.line(), column: span.start.col() + 1, what };
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(at(format!("another YAML document begins here: a {what} is one document")));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let schema = match (style, tag.as_deref()) {
                    (ScalarStyle::Plain, tag) if !tag.is_some_and(is_text_tag) => schema_of(&text),
                    _ => Schema::Text,
                };
                self.insert(Kind::Scalar { text: text.into_owned(), schema }, anchor, span);
            }
            Event::Alias(anchor) => {
                let Some(&target) = self.anchors.get(&anchor) else {
                    return Err(at("there is no anchor before this alias".to_owned()));
                };
                self.insert(Kind::Alias(target), 0, span);
            }
            Event::SequenceStart(anchor, _) => self.open(Kind::List(Vec::new()), anchor, span),
            Event::MappingStart(anchor, _) => self.open(Kind::Mapping(Vec::new()), anchor, span),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            _ => {}
        }
        match self.open.len() > MAX_DEPTH {
            true => Err(at(format!("is nested deeper than a {what} can be"))),
            false => Ok(()),
        }
    }

    fn insert(&mut self, kind: Kind, anchor: usize, span: Span) -> NodeId {
        let id = self.nodes.len();
        self.nodes.push(Node { kind, line: span.start.line(), column: span.start.col() + 1 });
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        match self.open.last_mut() {
            Some((_, held)) => held.push(id),
            None => self.root = Some(id),
        }
        id
    }

    fn open(&mut self, kind: Kind, anchor: usize, span: Span) {
        let id = self.insert(kind, anchor, span);
        self.open.push((id, Vec::new()));
    }

    fn close(&mut self) {
        let Some((id, held)) = self.open.pop() else { return };
        self.nodes[id].kind = match self.nodes[id].kind {
            Kind::Mapping(_) => Kind::Mapping(held.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()),
            _ => Kind::List(held),
        };
    }
}

impl From<ScanError> for Problem {
    fn from(fault: ScanError) -> Self {
        let marker = fault.marker();
        Problem { line: marker.line(), column: marker.col() + 1, what: format!("is not YAML: {}", fault.info()) }
    }
}

fn is_text_tag(tag: &Tag) -> bool {
    tag.is_yaml_core_schema() && tag.suffix == "str"
}

fn schema_of(text: &str) -> Schema {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Schema::Empty,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Schema::Bool,
        _ if is_number(text) => Schema::Number,
        _ => Schema::Text,
    }
}

fn is_number(text: &str) -> bool {
    let all = |digits: &str, is: fn(&u8) -> bool| !digits.is_empty() && digits.bytes().all(|digit| is(&digit));
    if let Some(digits) = text.strip_prefix("0o") {
        return all(digits, |digit| (b'0'..=b'7').contains(digit));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return all(digits, u8::is_ascii_hexdigit);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    // Rust would also read "inf", "nan" and "infinity".
    unsigned.starts_with(|first: char| first == '.' || first.is_ascii_digit())
        && unsigned.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte))
        && unsigned.parse::<f64>().is_ok()
}
