package ipftrace

import (
	"encoding/hex"
	"strconv"
	"strings"

	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

// CustomValue is one value that a module collected at one hop, with its field.
type CustomValue struct {
	*pb.CustomValue
	// Module is the name of the module, for example "gso".
	Module string
	// Field says name, kind and unit.
	Field *pb.CustomField
	// Key is the field's name; where several fields have that name, preceded by the module's:
	// "gso.len".
	Key string
}

// schemas are the fields of one trace's modules.
type schemas struct {
	list []*pb.CustomSchema
	byID map[uint32]CustomValue
}

// Nil when no module adds anything.
func newSchemas(list []*pb.CustomSchema) *schemas {
	if len(list) == 0 {
		return nil
	}
	uses := map[string]int{}
	for _, schema := range list {
		for _, field := range schema.GetFields() {
			uses[field.GetName()]++
		}
	}
	made := &schemas{list, map[uint32]CustomValue{}}
	for _, schema := range list {
		for _, field := range schema.GetFields() {
			key := field.GetName()
			if uses[key] > 1 {
				key = schema.GetName() + "." + key
			}
			made.byID[field.GetFieldId()] = CustomValue{Module: schema.GetName(), Field: field, Key: key}
		}
	}
	return made
}

// values leaves out what no schema describes.
func (s *schemas) values(messages []*pb.CustomValue) []CustomValue {
	if s == nil || len(messages) == 0 {
		return nil
	}
	values := make([]CustomValue, 0, len(messages))
	for _, message := range messages {
		if value, known := s.byID[message.GetFieldId()]; known {
			value.CustomValue = message
			values = append(values, value)
		}
	}
	return values
}

// text is one cell, "(len: 2101 gso_type: SKB_GSO_TCPV4)" for each module; empty where nothing was
// collected. A field that could not be read is shown as "?": zero would be a claim.
func (s *schemas) text(values []CustomValue) string {
	byID := make(map[uint32]CustomValue, len(values))
	for _, value := range values {
		byID[value.GetFieldId()] = value
	}
	var modules []string
	for _, schema := range s.list {
		collected := false
		cells := make([]string, 0, len(schema.GetFields()))
		for _, field := range schema.GetFields() {
			text := "?"
			if value, has := byID[field.GetFieldId()]; has {
				collected = true
				value.Field = field
				text = printable(value.Text())
			}
			cells = append(cells, printable(field.GetName())+": "+text)
		}
		if collected {
			modules = append(modules, "("+strings.Join(cells, " ")+")")
		}
	}
	return strings.Join(modules, " ")
}

// Text is the value as ipftrace shows it, for example "2101", "SKB_GSO_TCPV4|SKB_GSO_DODGY" or
// "0x1f"; "?" for a value of a form that this version does not know.
func (v CustomValue) Text() string {
	switch value := v.GetValue().(type) {
	case *pb.CustomValue_UnsignedValue:
		return unsignedText(v.Field, value.UnsignedValue)
	case *pb.CustomValue_SignedValue:
		return strconv.FormatInt(value.SignedValue, 10)
	case *pb.CustomValue_BytesValue:
		return bytesText(v.Field.GetKind(), value.BytesValue)
	default:
		return "?"
	}
}

// jsonValue is a bool for the kind bool, else a text.
func (v CustomValue) jsonValue() any {
	number, is := v.GetValue().(*pb.CustomValue_UnsignedValue)
	if is && v.Field.GetKind() == pb.CustomKind_CUSTOM_KIND_BOOL {
		return number.UnsignedValue != 0
	}
	return v.Text()
}

func unsignedText(field *pb.CustomField, value uint64) string {
	switch field.GetKind() {
	case pb.CustomKind_CUSTOM_KIND_BOOL:
		return strconv.FormatBool(value != 0)
	case pb.CustomKind_CUSTOM_KIND_HEX:
		return hexText(value)
	case pb.CustomKind_CUSTOM_KIND_ENUM:
		for _, name := range field.GetNames() {
			if name.GetValue() == value {
				return name.GetName()
			}
		}
	case pb.CustomKind_CUSTOM_KIND_FLAGS:
		return flagsText(field.GetNames(), value)
	}
	return strconv.FormatUint(value, 10)
}

// Bits without a name are shown, too, as one number at the end.
func flagsText(names []*pb.CustomName, value uint64) string {
	var set []string
	rest := value
	for _, name := range names {
		if mask := name.GetValue(); mask != 0 && value&mask == mask {
			set = append(set, name.GetName())
			rest &^= mask
		}
	}
	if rest != 0 {
		set = append(set, hexText(rest))
	}
	return strings.Join(set, "|")
}

func hexText(value uint64) string { return "0x" + strconv.FormatUint(value, 16) }

func bytesText(kind pb.CustomKind, value []byte) string {
	switch kind {
	case pb.CustomKind_CUSTOM_KIND_STRING:
		return kernelText(value)
	case pb.CustomKind_CUSTOM_KIND_IP:
		return AddressText(value)
	case pb.CustomKind_CUSTOM_KIND_MAC:
		groups := make([]string, len(value))
		for i, one := range value {
			groups[i] = hex.EncodeToString([]byte{one})
		}
		return strings.Join(groups, ":")
	default:
		return hex.EncodeToString(value)
	}
}
