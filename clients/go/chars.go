package ipftrace

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable makes text fit for a terminal and for one line: control characters, which could move
// the cursor or fake a line, become \xNN.
func printable(text string) string {
	if strings.IndexFunc(text, unicode.IsControl) < 0 {
		return text
	}
	var out strings.Builder
	for _, char := range text {
		if unicode.IsControl(char) {
			fmt.Fprintf(&out, `\x%02x`, char)
		} else {
			out.WriteRune(char)
		}
	}
	return out.String()
}

// kernelText reads a text of the kernel, which ends at its first NUL, whatever the array behind it holds.
// Each ill-formed sequence becomes one U+FFFD, as the WHATWG's decoder does.
func kernelText(value []byte) string {
	if end := bytes.IndexByte(value, 0); end >= 0 {
		value = value[:end]
	}
	if utf8.Valid(value) {
		return string(value)
	}
	var out strings.Builder
	for len(value) > 0 {
		char, size := utf8.DecodeRune(value)
		if char == utf8.RuneError && size == 1 {
			size = illFormed(value)
		}
		out.WriteRune(char)
		value = value[size:]
	}
	return out.String()
}

// illFormed is the length of the longest beginning of a character that is cut short here.
func illFormed(value []byte) int {
	size := 1
	for size < len(value) && size < utf8.UTFMax && !utf8.FullRune(value[:size+1]) {
		size++
	}
	if size == 1 && utf8.FullRune(value[:1]) {
		return 1
	}
	if !utf8.FullRune(value[:size]) {
		return size
	}
	return 1
}
