package ipftrace_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	ipftrace "github.com/ipftrace/ipftrace/clients/go"
	pb "github.com/ipftrace/ipftrace/clients/go/ipftracev1"
)

// kit is the folder of the conformance kit, which is described in its README.md.
func kit(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("IPFTRACE_CONFORMANCE")
	if folder == "" {
		folder = filepath.Join("..", "conformance")
	}
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the conformance kit is not at %s: set IPFTRACE_CONFORMANCE to its folder", folder)
	}
	return folder
}

func matching(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(kit(t), pattern))
	if err != nil || len(found) == 0 {
		t.Fatalf("the kit has no %s: %v", pattern, err)
	}
	return found
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func messagesOf(t *testing.T, path string) []*pb.TraceResponse {
	t.Helper()
	var messages []*pb.TraceResponse
	reader := bytes.NewReader(read(t, path))
	for reader.Len() > 0 {
		message := &pb.TraceResponse{}
		if err := protodelim.UnmarshalFrom(reader, message); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		messages = append(messages, message)
	}
	return messages
}

// told collects what events say, as JSON and as text.
type told struct {
	lines []string
	text  strings.Builder
}

func (o *told) add(t *testing.T, event ipftrace.Event) {
	t.Helper()
	line, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	o.lines = append(o.lines, string(line))
	if journey, is := event.(*ipftrace.Journey); is {
		o.text.WriteString(journey.String())
	}
}

func (o *told) compare(t *testing.T, events, text string) {
	t.Helper()
	expected := strings.Split(strings.TrimSuffix(string(read(t, events)), "\n"), "\n")
	for i := range max(len(expected), len(o.lines)) {
		switch {
		case i >= len(o.lines):
			t.Errorf("event %d is missing: %s", i+1, expected[i])
		case i >= len(expected):
			t.Errorf("event %d is too many: %s", i+1, o.lines[i])
		case !reflect.DeepEqual(parsed(t, expected[i]), parsed(t, o.lines[i])):
			t.Errorf("event %d\n got %s\nwant %s", i+1, o.lines[i], expected[i])
		}
	}
	if want := string(read(t, text)); o.text.String() != want {
		t.Errorf("text\n got %q\nwant %q", o.text.String(), want)
	}
}

func parsed(t *testing.T, line string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return value
}

func TestRecordedStreams(t *testing.T) {
	for _, path := range matching(t, "cases/*.binpb") {
		name := strings.TrimSuffix(path, ".binpb")
		t.Run(filepath.Base(name), func(t *testing.T) {
			var decoder ipftrace.Decoder
			var told told
			for _, message := range messagesOf(t, path) {
				for event := range decoder.Events(message) {
					told.add(t, event)
				}
			}
			told.compare(t, name+".jsonl", name+".txt")
		})
	}
}

func TestManifests(t *testing.T) {
	testFiles(t, "manifests", &pb.Manifest{}, func(path string) (proto.Message, []string, error) {
		return ipftrace.LoadManifest(path)
	})
}

func TestModules(t *testing.T) {
	testFiles(t, "modules", &pb.Module{}, func(path string) (proto.Message, []string, error) {
		return ipftrace.LoadModule(path)
	})
}

func testFiles(t *testing.T, folder string, empty proto.Message, load func(string) (proto.Message, []string, error)) {
	for _, path := range matching(t, folder+"/*.yaml") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".yaml"), func(t *testing.T) {
			expected := read(t, strings.TrimSuffix(path, ".yaml")+".json")
			var refused struct{ RefusedInLine int }
			if err := json.Unmarshal(expected, &refused); err != nil {
				t.Fatal(err)
			}
			loaded, _, err := load(path)
			if refused.RefusedInLine > 0 {
				var fault *ipftrace.FileError
				if !errors.As(err, &fault) {
					t.Fatalf("the file is not refused, but %v", err)
				}
				if line := fault.Problems[0].Line; line != refused.RefusedInLine {
					t.Errorf("refused in line %d, not %d: %v", line, refused.RefusedInLine, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := proto.Clone(empty)
			if err := protojson.Unmarshal(expected, want); err != nil {
				t.Fatal(err)
			}
			if !proto.Equal(loaded, want) {
				t.Errorf("\n got %v\nwant %v", loaded, want)
			}
		})
	}
}
