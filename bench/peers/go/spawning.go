// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	yielders      = 200
	remoteThreads = 2
	children      = 10
	stallFor      = 10 * time.Microsecond
	starved       = 500 * time.Millisecond
)

// The list by which Tokio measures its scheduler, in the shapes of the JVM's rows, and other rows of many tasks.
// Nothing is outside Go's scheduler: what the others start from outside is started by the main goroutine.
func spawningRows() []row {
	return []row{
		{"spawn_many_local", spawnManyLocal},
		{"spawn_many_remote_idle", spawnManyRemote},
		{"spawn_many_remote_busy1", spawnManyBesideYielders},
		{"spawn_many_remote_busy2", spawnManyBesideSpawners},
		{"remote_spawn", remoteSpawn},
		{"chained_spawn", chainedSpawn},
		{"ping_pong", pingPong},
		{"yield_many", yieldMany},
		{"skynet", skynet},
		{"sleepers", sleepers},
	}
}

func latch(count int) *sync.WaitGroup {
	done := new(sync.WaitGroup)
	done.Add(count)
	return done
}

func spawnManyLocal(size int) error {
	done := latch(size)
	go spawnMany(size, done)
	done.Wait()
	return nil
}

func spawnManyRemote(size int) error {
	done := latch(size)
	spawnMany(size, done)
	done.Wait()
	return nil
}

func spawnMany(size int, done *sync.WaitGroup) {
	for i := 0; i < size; i++ {
		go done.Done()
	}
}

// The threads are busy with tasks that compute and yield.
func spawnManyBesideYielders(size int) error {
	count := 2 * runtime.GOMAXPROCS(0)
	busy := newBusy(count)
	for i := 0; i < count; i++ {
		go func() {
			for busy.goesOn() {
				runtime.Gosched()
				stall()
			}
			busy.ended.Done()
		}()
	}
	err := spawnManyRemote(size)
	busy.stop()
	return err
}

// The threads are busy with tasks that compute and start their successors.
func spawnManyBesideSpawners(size int) error {
	count := runtime.GOMAXPROCS(0)
	busy := newBusy(count)
	for i := 0; i < count; i++ {
		succeed(busy)
	}
	err := spawnManyRemote(size)
	busy.stop()
	return err
}

func succeed(busy *busy) {
	if busy.goesOn() {
		go func() {
			stall()
			succeed(busy)
		}()
	} else {
		busy.ended.Done()
	}
}

// Tasks that keep the threads busy until they are told to stop, or for so long that what waits beside them must be
// starved.
type busy struct {
	ended   *sync.WaitGroup
	begin   time.Time
	stopped atomic.Bool
}

func newBusy(count int) *busy {
	return &busy{ended: latch(count), begin: time.Now()}
}

func (b *busy) goesOn() bool {
	return !b.stopped.Load() && time.Since(b.begin) < starved
}

func (b *busy) stop() {
	b.stopped.Store(true)
	b.ended.Wait()
}

func stall() {
	begin := time.Now()
	for time.Since(begin) < stallFor {
	}
}

// Several tasks spawn at the same time.
func remoteSpawn(size int) error {
	each := size / remoteThreads
	if each == 0 {
		each = 1
	}
	done := latch(each * remoteThreads)
	for i := 0; i < remoteThreads; i++ {
		go spawnMany(each, done)
	}
	done.Wait()
	return nil
}

func chainedSpawn(size int) error {
	done := latch(1)
	link(size, done)
	done.Wait()
	return nil
}

func link(left int, done *sync.WaitGroup) {
	if left == 0 {
		done.Done()
	} else {
		go link(left-1, done)
	}
}

// Pairs of tasks, each of which waits once for the other.
func pingPong(size int) error {
	done := latch(size)
	go func() {
		for i := 0; i < size; i++ {
			go func() {
				ping := make(chan bool, 1)
				pong := make(chan bool, 1)
				go func() { pong <- <-ping }()
				ping <- true
				<-pong
				done.Done()
			}()
		}
	}()
	done.Wait()
	return nil
}

func yieldMany(size int) error {
	yields := size / yielders
	if yields == 0 {
		yields = 1
	}
	done := latch(yielders)
	for i := 0; i < yielders; i++ {
		go func() {
			for j := 0; j < yields; j++ {
				runtime.Gosched()
			}
			done.Done()
		}()
	}
	done.Wait()
	return nil
}

// A tree of tasks, ten below each, whose leaves' numbers are summed.
func skynet(size int) error {
	sum := make(chan int, 1)
	go node(sum, 0, size)
	if sum, expected := <-sum, size*(size-1)/2; sum != expected {
		return fmt.Errorf("skynet: the numbers of %d leaves add up to %d, not %d", size, expected, sum)
	}
	return nil
}

func node(out chan<- int, first, size int) {
	if size == 1 {
		out <- first
		return
	}
	count := children
	if size < count {
		count = size
	}
	sums := make(chan int, count)
	for i := 0; i < count; i++ {
		begin, end := size*i/count, size*(i+1)/count
		go node(sums, first+begin, end-begin)
	}
	sum := 0
	for i := 0; i < count; i++ {
		sum += <-sums
	}
	out <- sum
}

// Tasks that sleep 1 to 10 ms once.
func sleepers(size int) error {
	done := latch(size)
	for i := 0; i < size; i++ {
		length := time.Duration(1+i%10) * time.Millisecond
		go func() {
			time.Sleep(length)
			done.Done()
		}()
	}
	done.Wait()
	return nil
}
