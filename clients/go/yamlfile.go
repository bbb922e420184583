package ipftrace

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

const (
	// One with every function of a kernel that takes an sk_buff has about 100 KiB.
	maxFileBytes = 1 << 20
	// Nested aliases can make a small file a huge manifest.
	maxAliases = 100
	// Most errors that one message lists.
	maxShownErrors = 20
	maxQuoted      = 60
)

// Problem is something that is wrong in a file, or probably not meant.
type Problem struct {
	// Line and Column count from 1.
	Line, Column int
	// What is wrong, and what is accepted.
	What string
}

// FileError is everything that makes a manifest or a module unusable.
type FileError struct {
	// Path of the file.
	Path string
	// Problems in the order of the file.
	Problems []Problem
}

// Error is one line for each problem: "path:line:column: what".
func (e *FileError) Error() string {
	lines := placed(e.Path, e.Problems)
	if len(lines) > maxShownErrors {
		lines = append(lines[:maxShownErrors], fmt.Sprintf("and %d more", len(e.Problems)-maxShownErrors))
	}
	return strings.Join(lines, "\n")
}

func placed(path string, problems []Problem) []string {
	lines := make([]string, len(problems))
	for i, problem := range problems {
		lines[i] = fmt.Sprintf("%s:%d:%d: %s", path, problem.Line, problem.Column, problem.What)
	}
	return lines
}

// yamlFile is one file that is read, and what is wrong with it.
type yamlFile struct {
	path string
	// What the file should hold: "manifest" or "module".
	what     string
	root     *yaml.Node
	errors   []Problem
	warnings []Problem
	aliases  int
}

// yamlFields are the fields of a mapping, in their order.
type yamlFields struct {
	names []string
	nodes map[string]*yaml.Node
}

func readFile(path, what string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// No more than the limit and one byte, so that endless devices and pipes do no harm.
	return io.ReadAll(io.LimitReader(file, maxFileBytes+1))
}

// readYAML reads a text of one document; f.root is nil when it is empty.
func readYAML(text []byte, path, what string) (*yamlFile, error) {
	if len(text) > maxFileBytes {
		return nil, fmt.Errorf("%s: is larger than a %s may be, %d bytes", path, what, maxFileBytes)
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%s: is not text in UTF-8: give a YAML file", path)
	}
	f := &yamlFile{path: path, what: what}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil && !errors.Is(err, io.EOF) {
		return nil, f.syntax(err)
	}
	if len(document.Content) > 0 {
		f.root = f.follow(document.Content[0])
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		f.error(&second, fmt.Sprintf("another YAML document begins here: a %s is one document", what))
	case !errors.Is(err, io.EOF):
		return nil, f.syntax(err)
	}
	return f, f.fault()
}

func (f *yamlFile) syntax(err error) error {
	problem := Problem{1, 1, "is not YAML: " + err.Error()}
	var fault *yaml.LoadError
	if errors.As(err, &fault) {
		problem = Problem{max(1, fault.Mark.Line), max(1, fault.Mark.Column), "is not YAML: " + fault.Message}
	}
	return &FileError{f.path, []Problem{problem}}
}

func (f *yamlFile) error(at *yaml.Node, what string) { f.errors = add(f.errors, at, what) }

func (f *yamlFile) warn(at *yaml.Node, what string) { f.warnings = add(f.warnings, at, what) }

// Aliases would repeat what is wrong with what they stand for.
func add(problems []Problem, at *yaml.Node, what string) []Problem {
	problem := Problem{1, 1, what}
	if at != nil {
		problem.Line, problem.Column = at.Line, at.Column
	}
	if slices.Contains(problems, problem) {
		return problems
	}
	return append(problems, problem)
}

// fault is the error of the file; nil when nothing is wrong with it.
func (f *yamlFile) fault() error {
	if len(f.errors) == 0 {
		return nil
	}
	return &FileError{f.path, inOrder(f.errors)}
}

func (f *yamlFile) warningLines() []string { return placed(f.path, inOrder(f.warnings)) }

func inOrder(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return problems
}

func (f *yamlFile) follow(node *yaml.Node) *yaml.Node {
	if node.Kind != yaml.AliasNode {
		return node
	}
	f.aliases++
	if f.aliases > maxAliases {
		f.error(node, fmt.Sprintf("there are more than %d aliases: write them out", maxAliases))
		return &yaml.Node{Kind: yaml.ScalarNode, Line: node.Line, Column: node.Column}
	}
	return node.Alias
}

func (f *yamlFile) elements(list *yaml.Node) []*yaml.Node {
	elements := make([]*yaml.Node, len(list.Content))
	for i, node := range list.Content {
		elements[i] = f.follow(node)
	}
	return elements
}

// fields reports keys that are given twice.
func (f *yamlFile) fields(mapping *yaml.Node) yamlFields {
	fields := yamlFields{nodes: map[string]*yaml.Node{}}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key := mapping.Content[i]
		if key.Kind != yaml.ScalarNode {
			f.error(key, "is not YAML: keys must be texts")
			continue
		}
		if _, has := fields.nodes[key.Value]; has {
			f.error(key, fmt.Sprintf("the key %s is given twice: leave one of them out", quote(key.Value)))
			continue
		}
		fields.names = append(fields.names, key.Value)
		fields.nodes[key.Value] = f.follow(mapping.Content[i+1])
	}
	return fields
}

// knownFields reports other keys as a warning.
func (f *yamlFile) knownFields(mapping *yaml.Node, owner string, known ...string) yamlFields {
	for i := 0; i < len(mapping.Content); i += 2 {
		key := mapping.Content[i]
		if key.Kind == yaml.ScalarNode && !slices.Contains(known, key.Value) {
			f.warn(key, fmt.Sprintf("the key %s is ignored: %s has the keys %s", quote(key.Value), owner, strings.Join(known, ", ")))
		}
	}
	return f.fields(mapping)
}

// text is the text of an optional field, without blanks around it; empty when it is absent or, which is
// reported, not a text.
func (f *yamlFile) text(fields yamlFields, key string) string {
	node, has := fields.nodes[key]
	if !has {
		return ""
	}
	text := strings.TrimSpace(node.Value)
	if kindOf(node) != yamlText || text == "" {
		f.error(node, fmt.Sprintf("%s is %s: give a text", key, describe(node)))
		return ""
	}
	return text
}

// flag is the value of an optional field that is true or false; what it belongs to is named in owner.
func (f *yamlFile) flag(fields yamlFields, key, owner string) bool {
	node, has := fields.nodes[key]
	if !has {
		return false
	}
	if kindOf(node) != yamlBool {
		f.error(node, fmt.Sprintf("%s%s is %s: give true or false", key, owner, describe(node)))
		return false
	}
	return strings.EqualFold(node.Value, "true")
}

type yamlKind int

const (
	yamlEmpty yamlKind = iota
	yamlText
	yamlNumber
	yamlBool
	yamlList
	yamlMapping
)

// The core schema of YAML 1.2, §10.3.2.
var (
	coreEmpty  = regexp.MustCompile(`^(?:~|null|Null|NULL)?$`)
	coreBool   = regexp.MustCompile(`^(?:true|True|TRUE|false|False|FALSE)$`)
	coreNumber = regexp.MustCompile(`^(?:[-+]?\d+|0o[0-7]+|0x[\da-fA-F]+|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?)$`)
)

func kindOf(node *yaml.Node) yamlKind {
	switch {
	case node.Kind == yaml.SequenceNode:
		return yamlList
	case node.Kind == yaml.MappingNode:
		return yamlMapping
	case node.Style&^yaml.TaggedStyle != 0 || (node.Style == yaml.TaggedStyle && node.ShortTag() == "!!str"):
		return yamlText
	case coreEmpty.MatchString(node.Value):
		return yamlEmpty
	case coreBool.MatchString(node.Value):
		return yamlBool
	case coreNumber.MatchString(node.Value):
		return yamlNumber
	default:
		return yamlText
	}
}

// wholeNumber is a number from least to most; false for anything else.
func wholeNumber(node *yaml.Node, least, most uint32) (uint32, bool) {
	if kindOf(node) != yamlNumber {
		return 0, false
	}
	text := node.Value
	if digits, octal := strings.CutPrefix(text, "0o"); octal {
		number, err := strconv.ParseUint(digits, 8, 32)
		return uint32(number), err == nil && number >= uint64(least) && number <= uint64(most)
	}
	if digits, hexadecimal := strings.CutPrefix(text, "0x"); hexadecimal {
		number, err := strconv.ParseUint(digits, 16, 32)
		return uint32(number), err == nil && number >= uint64(least) && number <= uint64(most)
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || number < float64(least) || number > float64(most) || number != float64(uint32(number)) {
		return 0, false
	}
	return uint32(number), true
}

func describe(node *yaml.Node) string {
	switch kindOf(node) {
	case yamlMapping:
		return "a mapping"
	case yamlList:
		return "a list"
	case yamlEmpty:
		return "empty"
	case yamlText:
		return "the text " + quote(node.Value)
	case yamlNumber:
		return "the number " + node.Value
	default:
		return node.Value
	}
}

// quote makes text of a file fit for a message: in double quotes, shortened, control characters escaped.
func quote(text string) string {
	if chars := []rune(text); len(chars) > maxQuoted {
		text = string(chars[:maxQuoted]) + "…"
	}
	return strconv.Quote(text)
}
