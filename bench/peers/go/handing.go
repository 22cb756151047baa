// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net"
)

// Two tasks that wait for each other, over and over. The rows have the names of the JVM's.
func handingRows() []row {
	return []row{
		{"SynchronousQueue", func(size int) error { return pair(size, make(chan int)) }},
		{"ArrayBlockingQueue(1)", func(size int) error { return pair(size, make(chan int, 1)) }},
		{"socket_ping_pong", socketPingPong},
	}
}

func pair(size int, channel chan int) error {
	done := latch(2)
	go func() {
		for i := 0; i < size; i++ {
			channel <- i
		}
		done.Done()
	}()
	wrong := -1
	go func() {
		for i := 0; i < size; i++ {
			if <-channel != i {
				wrong = i
			}
		}
		done.Done()
	}()
	done.Wait()
	if wrong >= 0 {
		return fmt.Errorf("another value than %d was handed over in its place", wrong)
	}
	return nil
}

// One byte there and back; connecting is part of the run. Go sets TCP_NODELAY by itself.
func socketPingPong(size int) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	ends := make(chan error, 2)
	go func() { ends <- echo(listener, size) }()
	go func() { ends <- call(listener.Addr().String(), size) }()
	// A failure of one side closes its socket, which ends the other.
	first, second := <-ends, <-ends
	if first != nil {
		return first
	}
	return second
}

func echo(listener net.Listener, size int) error {
	socket, err := listener.Accept()
	if err != nil {
		return err
	}
	defer socket.Close()
	bytes := make([]byte, 1)
	for i := 0; i < size; i++ {
		if _, err := io.ReadFull(socket, bytes); err != nil {
			return err
		}
		if _, err := socket.Write(bytes); err != nil {
			return err
		}
	}
	return nil
}

func call(address string, size int) error {
	socket, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer socket.Close()
	bytes := make([]byte, 1)
	for i := 0; i < size; i++ {
		bytes[0] = byte(i)
		if _, err := socket.Write(bytes); err != nil {
			return err
		}
		if _, err := io.ReadFull(socket, bytes); err != nil {
			return err
		}
		if bytes[0] != byte(i) {
			return fmt.Errorf("byte %d came back as %d", byte(i), bytes[0])
		}
	}
	return nil
}
