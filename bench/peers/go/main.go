// SPDX-License-Identifier: Apache-2.0

// Go as a peer of the benchmarks: does the rows that it is asked for on stdin and answers with their times.
// ../README.md has the protocol.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"
)

const (
	minRuns = 3
	maxRuns = 1_000
)

// A row does its operations once and returns when all are done.
type row struct {
	name string
	run  func(size int) error
}

func rows() []row {
	return append(spawningRows(), handingRows()...)
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		answer, err := answer(in.Text())
		if err != nil {
			answer = "FAILED " + err.Error()
		}
		fmt.Println(answer)
	}
	if err := in.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "cannot read what is asked:", err)
		os.Exit(1)
	}
}

func answer(line string) (string, error) {
	words := strings.Fields(line)
	if len(words) == 1 && words[0] == "ROWS" {
		answer := "ROWS"
		for _, row := range rows() {
			answer += " " + row.name
		}
		return answer, nil
	}
	if len(words) != 4 {
		return "", fmt.Errorf("expected ROW SIZE WORKERS NANOS or ROWS, not '%s'", line)
	}
	for _, row := range rows() {
		if row.name == words[0] {
			return measure(row, words[1:])
		}
	}
	return "UNKNOWN " + words[0], nil
}

func measure(row row, numbers []string) (string, error) {
	size, err := atLeast(1, "SIZE", numbers[0])
	if err != nil {
		return "", err
	}
	workers, err := atLeast(1, "WORKERS", numbers[1])
	if err != nil {
		return "", err
	}
	nanos, err := atLeast(0, "NANOS", numbers[2])
	if err != nil {
		return "", err
	}
	// Stops the world: only if something changes.
	if runtime.GOMAXPROCS(0) != workers {
		runtime.GOMAXPROCS(workers)
	}
	median, err := median(row, size, time.Duration(nanos))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("RESULT %.3f", median), nil
}

func atLeast(least int, name, text string) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil || number < least {
		return 0, fmt.Errorf("%s must be a number from %d on, not '%s'", name, least, text)
	}
	return number, nil
}

// median returns the median time per operation of several runs, in nanoseconds.
func median(row row, size int, limit time.Duration) (float64, error) {
	var times []float64
	begin := time.Now()
	for len(times) < minRuns || (time.Since(begin) < limit && len(times) < maxRuns) {
		before := time.Now()
		if err := row.run(size); err != nil {
			return 0, err
		}
		times = append(times, float64(time.Since(before).Nanoseconds())/float64(size))
	}
	// Lets the next contestant's turn begin beside idle threads.
	if limit > 10*time.Millisecond {
		time.Sleep(5 * time.Millisecond)
	}
	sort.Float64s(times)
	half := len(times) / 2
	if len(times)%2 == 1 {
		return times[half], nil
	}
	return (times[half-1] + times[half]) / 2, nil
}
