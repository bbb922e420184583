package ipftrace

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

const (
	// Five arguments travel in registers that every backend can read.
	maxSkbPosition   = 5
	manifestForm     = "a manifest is a mapping with the key functions, and optionally name and description"
	functionForm     = "the name of a function, or a mapping with the keys name, skb_pos and egress"
	functionNameRule = `letters, digits, "_", "." and "$", not beginning with a digit, optionally after "tracepoint:"`
)

// functionName is what a kernel function can be called, also one that the compiler renamed, or a tracepoint.
var functionName = regexp.MustCompile(`^(?:tracepoint:)?[A-Za-z_.$][A-Za-z0-9_.$]*$`)

// LoadManifest reads a manifest from a YAML file, as the ipftrace command does: groups of functions by name,
// the older form whose functions have C declarations ("args"), or a plain list of functions.
//
// The warnings are what the file's author probably did not mean, as "path:line:column: what". The
// error is a [*FileError] for what is wrong in the file.
func LoadManifest(path string) (manifest *pb.Manifest, warnings []string, err error) {
	text, err := readFile(path, "manifest")
	if err != nil {
		return nil, nil, err
	}
	return ParseManifest(text, path)
}

// ParseManifest reads the text of a manifest as [LoadManifest] does. The path is used in messages, and
// its base name is the manifest's name where the text gives none.
func ParseManifest(text []byte, path string) (manifest *pb.Manifest, warnings []string, err error) {
	file, err := readYAML(text, path, "manifest")
	if err != nil {
		return nil, nil, err
	}
	reader := manifestReader{file, map[string]*pb.ManifestFunction{}, map[string]int{}}
	manifest = reader.manifest(baseName(path))
	if err := file.fault(); err != nil {
		return nil, nil, err
	}
	return manifest, file.warningLines(), nil
}

func baseName(path string) string {
	base := filepath.Base(path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// manifestReader takes every function once: one that is listed again keeps its first place, and ends journeys
// if any of its listings says so.
type manifestReader struct {
	*yamlFile
	byName map[string]*pb.ManifestFunction
	lines  map[string]int
}

func (r *manifestReader) manifest(defaultName string) *pb.Manifest {
	manifest := &pb.Manifest{Name: defaultName}
	switch {
	case r.root == nil || kindOf(r.root) == yamlEmpty:
		r.error(r.root, "the file is empty: "+manifestForm)
		return manifest
	case r.root.Kind != yaml.MappingNode:
		r.error(r.root, fmt.Sprintf("the file holds %s: %s", describe(r.root), manifestForm))
		return manifest
	}
	fields := r.knownFields(r.root, "a manifest", "name", "description", "functions")
	if name := r.text(fields, "name"); name != "" {
		manifest.Name = name
	}
	manifest.Description = r.text(fields, "description")
	if functions, has := fields.nodes["functions"]; has {
		manifest.Groups = r.groups(functions)
	} else {
		r.error(r.root, "the key functions is missing: "+manifestForm)
	}
	return manifest
}

// groups leaves out groups without functions of their own.
func (r *manifestReader) groups(node *yaml.Node) []*pb.ManifestGroup {
	var all []*pb.ManifestGroup
	switch node.Kind {
	case yaml.SequenceNode:
		all = []*pb.ManifestGroup{{Functions: r.functions(node, "functions")}}
	case yaml.MappingNode:
		if len(node.Content) == 0 {
			r.error(node, "functions is empty: give at least one function")
		}
		fields := r.fields(node)
		for _, name := range fields.names {
			all = append(all, r.group(name, fields.nodes[name]))
		}
	default:
		what := "functions is %s: give groups of functions by name, or a list of functions"
		r.error(node, fmt.Sprintf(what, describe(node)))
	}
	var groups []*pb.ManifestGroup
	for _, group := range all {
		if len(group.Functions) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

func (r *manifestReader) group(name string, node *yaml.Node) *pb.ManifestGroup {
	label := "the group " + quote(name)
	if node.Kind != yaml.MappingNode {
		return &pb.ManifestGroup{Name: name, Functions: r.functions(node, label)}
	}
	fields := r.knownFields(node, "a group", "description", "functions")
	group := &pb.ManifestGroup{Name: name, Description: r.text(fields, "description")}
	if functions, has := fields.nodes["functions"]; has {
		group.Functions = r.functions(functions, label)
	} else {
		r.error(node, label+" has no key functions: give a list of functions, or a mapping with description and functions")
	}
	return group
}

func (r *manifestReader) functions(node *yaml.Node, label string) []*pb.ManifestFunction {
	if node.Kind != yaml.SequenceNode {
		r.error(node, fmt.Sprintf("%s is %s: give a list of functions", label, describe(node)))
		return nil
	}
	if len(node.Content) == 0 {
		r.error(node, label+" is empty: give at least one function")
	}
	var functions []*pb.ManifestFunction
	for _, element := range r.elements(node) {
		if listed := r.entry(element); listed != nil && r.isNew(listed, element) {
			functions = append(functions, listed)
		}
	}
	return functions
}

func (r *manifestReader) isNew(listed *pb.ManifestFunction, at *yaml.Node) bool {
	first, has := r.byName[listed.Name]
	if !has {
		r.byName[listed.Name] = listed
		r.lines[listed.Name] = at.Line
		return true
	}
	change := ""
	if first.SkbPosition != 0 && listed.SkbPosition != 0 && first.SkbPosition != listed.SkbPosition {
		change = fmt.Sprintf(" with skb_pos %d, not %d", first.SkbPosition, listed.SkbPosition)
	}
	if first.Egress != listed.Egress {
		change += ", and journeys end with it, because one listing says so"
	}
	r.warn(at, fmt.Sprintf("%s is listed twice, first in line %d: it stays there%s", listed.Name, r.lines[listed.Name], change))
	if first.SkbPosition == 0 {
		first.SkbPosition = listed.SkbPosition
	}
	first.Egress = first.Egress || listed.Egress
	return false
}

// entry is nil when the entry has no usable name, which is reported.
func (r *manifestReader) entry(node *yaml.Node) *pb.ManifestFunction {
	switch kindOf(node) {
	case yamlText:
		if name := r.name(node, node.Value); name != "" {
			return &pb.ManifestFunction{Name: name}
		}
	case yamlMapping:
		return r.mapping(node)
	default:
		r.error(node, fmt.Sprintf("this entry is %s: give %s", describe(node), functionForm))
	}
	return nil
}

func (r *manifestReader) mapping(node *yaml.Node) *pb.ManifestFunction {
	fields := r.knownFields(node, "a function", "name", "skb_pos", "egress", "args")
	if _, has := fields.nodes["name"]; !has {
		r.error(node, "this entry has no name: give "+functionForm)
	}
	name, owner := r.text(fields, "name"), "this function"
	if name != "" {
		name = r.name(fields.nodes["name"], name)
	}
	if name != "" {
		owner = name
	}
	listed := &pb.ManifestFunction{
		Name:        name,
		SkbPosition: r.position(fields, owner),
		Egress:      r.flag(fields, "egress", " of "+owner),
	}
	if name == "" {
		return nil
	}
	return listed
}

func (r *manifestReader) name(at *yaml.Node, name string) string {
	if functionName.MatchString(name) {
		return name
	}
	r.error(at, fmt.Sprintf("%s cannot be the name of a kernel function: use %s", quote(name), functionNameRule))
	return ""
}

func (r *manifestReader) position(fields yamlFields, owner string) uint32 {
	node, has := fields.nodes["skb_pos"]
	if !has {
		return r.arguments(fields, owner)
	}
	position, ok := wholeNumber(node, 1, maxSkbPosition)
	if !ok {
		what := "skb_pos of %s is %s: give the position of its struct sk_buff * argument, 1-%d, or leave skb_pos out"
		r.error(node, fmt.Sprintf(what, owner, describe(node), maxSkbPosition))
	}
	return position
}

// arguments: the oldest form of a manifest gives the function's arguments in C instead of a position.
func (r *manifestReader) arguments(fields yamlFields, owner string) uint32 {
	node, has := fields.nodes["args"]
	if !has {
		return 0
	}
	var declarations []string
	allTexts := node.Kind == yaml.SequenceNode
	if allTexts {
		for _, element := range r.elements(node) {
			allTexts = allTexts && kindOf(element) == yamlText
			declarations = append(declarations, element.Value)
		}
	}
	if !allTexts {
		what := `args of %s must be a list of C declarations, for example ["struct sk_buff *skb"]`
		r.error(node, fmt.Sprintf(what, owner))
		return 0
	}
	position := skbPosition(declarations)
	if position < 1 || position > maxSkbPosition {
		r.error(node, fmt.Sprintf("args of %s have no struct sk_buff * among the first %d", owner, maxSkbPosition))
		return 0
	}
	return uint32(position)
}

var (
	namedSkb         = regexp.MustCompile(`\bskb\s*$`)
	skbPointer       = regexp.MustCompile(`\bstruct\s+sk_buff\s*\*`)
	pointerToPointer = regexp.MustCompile(`\*\s*(?:const\s*)?\*`)
)

// skbPosition is the declaration that is called skb, else the first struct sk_buff *; from 1, 0 for none.
func skbPosition(declarations []string) int {
	for _, wanted := range []*regexp.Regexp{namedSkb, skbPointer} {
		for i, declaration := range declarations {
			if wanted.MatchString(declaration) && !pointerToPointer.MatchString(declaration) {
				return i + 1
			}
		}
	}
	return 0
}
