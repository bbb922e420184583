package ipftrace

import (
	"strings"
	"unicode/utf8"
)

// column is a column of a table in the layout of Python's tabulate(..., tablefmt="plain"), which the
// original tool printed: as wide as its longest cell and at least two wider than its header, two
// blanks between columns, no blanks at the end of a line.
type column struct {
	header string
	right  bool
}

const (
	// tabulate's MIN_PADDING.
	headerPadding = 2
	separator     = "  "
)

// layOut writes the headers, then the rows.
func layOut(columns []column, rows [][]string) []string {
	headers := make([]string, len(columns))
	widths := make([]int, len(columns))
	for i, column := range columns {
		headers[i] = column.header
		widths[i] = utf8.RuneCountInString(column.header) + headerPadding
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	lines := make([]string, 0, len(rows)+1)
	for _, row := range append([][]string{headers}, rows...) {
		cells := make([]string, len(columns))
		for i, cell := range row {
			blanks := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if columns[i].right {
				cells[i] = blanks + cell
			} else {
				cells[i] = cell + blanks
			}
		}
		lines = append(lines, strings.TrimRight(strings.Join(cells, separator), " "))
	}
	return lines
}
