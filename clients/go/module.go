package ipftrace

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

const (
	moduleForm = "a module is a mapping with the key fields, and optionally name, description and match"
	fieldForm  = "a mapping with the keys name and read"
	readForm   = "a path such as skb->len, or a list of them to try in this order"
	nameRule   = `letters, digits, "_" and "-", 64 at most`

	maxDescription  = 1024
	maxAlternatives = 8
)

var (
	moduleName    = regexp.MustCompile(`^[\w-]{1,64}$`)
	enumOrPattern = regexp.MustCompile(`^[A-Za-z_]\w{0,127}\*?$`)
)

// kindWords are the kinds in the order in which messages list them.
var kindWords = []string{
	"unsigned", "signed", "bool", "string", "bytes", "ip", "mac", "enum", "flags", "hex", "big-endian",
}

// LoadModule reads a declarative module from a YAML file, as the ipftrace command does. What its expressions mean is
// for the node to judge. Warnings and errors are those of [LoadManifest].
func LoadModule(path string) (module *pb.Module, warnings []string, err error) {
	text, err := readFile(path, "module")
	if err != nil {
		return nil, nil, err
	}
	return ParseModule(text, path)
}

// ParseModule reads the text of a module as [LoadModule] does. The path is used in messages, and its
// base name is the module's name where the text gives none.
func ParseModule(text []byte, path string) (module *pb.Module, warnings []string, err error) {
	file, err := readYAML(text, path, "module")
	if err != nil {
		return nil, nil, err
	}
	reader := moduleReader{file, map[string]bool{}}
	module = reader.module(baseName(path))
	if err := file.fault(); err != nil {
		return nil, nil, err
	}
	return module, file.warningLines(), nil
}

type moduleReader struct {
	*yamlFile
	names map[string]bool
}

func (r *moduleReader) module(defaultName string) *pb.Module {
	module := &pb.Module{Name: defaultName}
	switch {
	case r.root == nil || kindOf(r.root) == yamlEmpty:
		r.error(r.root, "the file is empty: "+moduleForm)
		return module
	case r.root.Kind != yaml.MappingNode:
		r.error(r.root, fmt.Sprintf("the file holds %s: %s", describe(r.root), moduleForm))
		return module
	}
	fields := r.knownFields(r.root, "a module", "name", "description", "match", "fields")
	if name := r.text(fields, "name"); name != "" {
		module.Name = name
	}
	module.Description = r.text(fields, "description")
	module.Match = r.text(fields, "match")
	if !moduleName.MatchString(module.Name) {
		r.error(r.at(fields, "name"), fmt.Sprintf("%s cannot be the name of a module: use %s", quote(module.Name), nameRule))
	}
	r.checkLength(r.at(fields, "description"), module.Description)
	list, has := fields.nodes["fields"]
	switch {
	case !has:
		r.error(r.root, "the key fields is missing: "+moduleForm)
	case list.Kind != yaml.SequenceNode:
		r.error(list, fmt.Sprintf("fields is %s: give a list, each entry %s", describe(list), fieldForm))
	default:
		module.Fields = r.list(list, module.Name)
	}
	return module
}

func (r *moduleReader) at(fields yamlFields, key string) *yaml.Node {
	if node, has := fields.nodes[key]; has {
		return node
	}
	return r.root
}

func (r *moduleReader) list(node *yaml.Node, name string) []*pb.ModuleField {
	if len(node.Content) == 0 {
		r.error(node, fmt.Sprintf("the module %s has no fields: give at least one", quote(name)))
	}
	var list []*pb.ModuleField
	for _, element := range r.elements(node) {
		if element.Kind == yaml.MappingNode {
			list = append(list, r.field(element))
		} else {
			r.error(element, fmt.Sprintf("this field is %s: give %s", describe(element), fieldForm))
		}
	}
	return list
}

func (r *moduleReader) field(node *yaml.Node) *pb.ModuleField {
	keys := r.knownFields(node, "a field", "name", "read", "kind", "unit", "description", "names_from", "optional")
	for _, key := range []string{"name", "read"} {
		if _, has := keys.nodes[key]; !has {
			r.error(node, fmt.Sprintf("this field has no %s: give %s", key, fieldForm))
		}
	}
	field := &pb.ModuleField{
		Name:        r.text(keys, "name"),
		Unit:        r.text(keys, "unit"),
		Description: r.text(keys, "description"),
		NamesFrom:   r.text(keys, "names_from"),
		Kind:        r.kind(keys),
		Optional:    r.flag(keys, "optional", ""),
	}
	r.read(keys, field)
	if field.Name != "" {
		r.checkName(keys.nodes["name"], field.Name)
	}
	r.checkLength(keys.nodes["unit"], field.Unit)
	r.checkLength(keys.nodes["description"], field.Description)
	r.checkNames(keys.nodes["names_from"], field)
	return field
}

func (r *moduleReader) read(keys yamlFields, field *pb.ModuleField) {
	node, has := keys.nodes["read"]
	if !has {
		return
	}
	nodes := []*yaml.Node{node}
	given := describe(node)
	if node.Kind == yaml.SequenceNode {
		nodes = r.elements(node)
		given = "a list of other things"
	}
	var paths []string
	for _, one := range nodes {
		if path := strings.TrimSpace(one.Value); kindOf(one) == yamlText && path != "" {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 || len(paths) != len(nodes) {
		r.error(node, fmt.Sprintf("read is %s: give %s", given, readForm))
		return
	}
	field.Read, field.Alternatives = paths[0], paths[1:]
	if len(field.Alternatives) > maxAlternatives {
		r.error(node, fmt.Sprintf("has %d alternatives: give %d at most", len(field.Alternatives), maxAlternatives))
	}
}

func (r *moduleReader) kind(keys yamlFields) pb.CustomKind {
	word := r.text(keys, "kind")
	if word == "" {
		return pb.CustomKind_CUSTOM_KIND_UNSPECIFIED
	}
	for _, known := range kindWords {
		if word == known {
			name := "CUSTOM_KIND_" + strings.ToUpper(strings.ReplaceAll(known, "-", "_"))
			return pb.CustomKind(pb.CustomKind_value[name])
		}
	}
	what := fmt.Sprintf("%s is not a kind: the kinds are %s", quote(word), strings.Join(kindWords, ", "))
	r.error(keys.nodes["kind"], what)
	return pb.CustomKind_CUSTOM_KIND_UNSPECIFIED
}

func (r *moduleReader) checkName(at *yaml.Node, name string) {
	if r.names[name] {
		r.error(at, quote(name)+" is given twice")
	}
	r.names[name] = true
	if !moduleName.MatchString(name) {
		r.error(at, fmt.Sprintf("%s cannot be the name of a field: use %s", quote(name), nameRule))
	}
}

func (r *moduleReader) checkLength(at *yaml.Node, text string) {
	if length := utf8.RuneCountInString(text); length > maxDescription {
		r.error(at, fmt.Sprintf("has %d characters: give %d at most", length, maxDescription))
	}
}

func (r *moduleReader) checkNames(at *yaml.Node, field *pb.ModuleField) {
	if field.NamesFrom == "" {
		return
	}
	switch field.Kind {
	case pb.CustomKind_CUSTOM_KIND_ENUM, pb.CustomKind_CUSTOM_KIND_FLAGS, pb.CustomKind_CUSTOM_KIND_UNSPECIFIED:
	default:
		r.error(at, "only the kinds enum and flags have names: leave one of them out")
	}
	if !enumOrPattern.MatchString(field.NamesFrom) {
		what := `%s is no name of an enum, and no beginning of names: give for example "skb_drop_reason" or "SKB_GSO_*"`
		r.error(at, fmt.Sprintf(what, quote(field.NamesFrom)))
	}
}
