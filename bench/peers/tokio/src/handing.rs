// SPDX-License-Identifier: Apache-2.0
//! Two tasks that wait for each other, over and over. The rows have the names of the JVM's.

use crate::latch::DONE;
use crate::{Bench, Body};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

pub const ROWS: &[(&str, Body)] = &[
    ("SynchronousQueue", rendezvous),
    ("ArrayBlockingQueue(1)", channel_of_1),
    ("socket_ping_pong", socket_ping_pong),
];

/// Tokio has no rendezvous: the taker answers through a second channel.
fn rendezvous(bench: &Bench, size: usize) -> Result<(), String> {
    let (giver, mut taker) = mpsc::channel(1);
    let (taken, mut given) = mpsc::channel(1);
    DONE.expect(2);
    bench.runtime.spawn(async move {
        for i in 0..size {
            giver.send(i).await.unwrap();
            given.recv().await.unwrap();
        }
        DONE.count_down();
    });
    bench.runtime.spawn(async move {
        for i in 0..size {
            assert_eq!(taker.recv().await, Some(i));
            taken.send(()).await.unwrap();
        }
        DONE.count_down();
    });
    DONE.wait();
    Ok(())
}

fn channel_of_1(bench: &Bench, size: usize) -> Result<(), String> {
    let (giver, mut taker) = mpsc::channel(1);
    DONE.expect(2);
    bench.runtime.spawn(async move {
        for i in 0..size {
            giver.send(i).await.unwrap();
        }
        DONE.count_down();
    });
    bench.runtime.spawn(async move {
        for i in 0..size {
            assert_eq!(taker.recv().await, Some(i));
        }
        DONE.count_down();
    });
    DONE.wait();
    Ok(())
}

/// One byte there and back; connecting is part of the run.
fn socket_ping_pong(bench: &Bench, size: usize) -> Result<(), String> {
    let listener = bench.runtime.block_on(TcpListener::bind("127.0.0.1:0"));
    let listener = listener.map_err(|e| format!("cannot listen on loopback: {e}"))?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    DONE.expect(2);
    bench.runtime.spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        let mut byte = [0];
        for _ in 0..size {
            socket.read_exact(&mut byte).await.unwrap();
            socket.write_all(&byte).await.unwrap();
        }
        DONE.count_down();
    });
    bench.runtime.spawn(async move {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.set_nodelay(true).unwrap();
        let mut byte = [0];
        for i in 0..size {
            socket.write_all(&[i as u8]).await.unwrap();
            socket.read_exact(&mut byte).await.unwrap();
            assert_eq!(byte[0], i as u8);
        }
        DONE.count_down();
    });
    DONE.wait();
    Ok(())
}
