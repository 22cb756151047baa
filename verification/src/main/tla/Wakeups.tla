------------------------------- MODULE Wakeups -------------------------------
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* Who wakes a virtual thread from outside, before, during and after the   *)
(* close, and who then runs it: G6.                                        *)
(*                                                                         *)
(* A thread is counted while its body runs. After that it may have to run  *)
(* once more, for the JDK's own clean-up: it is no holder then, and may    *)
(* still be woken when the workers have ended. Wakers are threads outside. *)
(*                                                                         *)
(* The order of the steps is that of the code, as in Shutdown; Break       *)
(* chooses a wrong one.                                                    *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, Sequences, TLC

CONSTANTS
  Workers,    \* symmetric
  Threads,    \* virtual threads that are parked at the beginning; symmetric
  Wakers,     \* threads outside; each wakes one thread; symmetric
  None,
  Break       \* "nothing" for the real thing

VARIABLES
  thread,     \* of each virtual thread: where it is
  behind,     \* whether its body has ended
  again,      \* whether it was woken before it parked: Thread.unpark leaves a permit
  queue,      \* GlobalQueue
  waker,      \* where each waker is in Scheduler.inject
  target,     \* whom it wakes
  hurt,       \* whether something was thrown into a waker
  worker,     \* what each worker's thread does
  run,        \* what it runs
  asleep,     \* SleeperSet: who has announced that it will sleep
  searching,  \* SleeperSet: how many search, those that were woken to included
  woken,      \* who has been unparked
  stopped,    \* Scheduler.stopped
  closed,     \* Scheduler.closed
  closer,     \* where the closing thread is
  late        \* what the late carrier has to run

vars == <<thread, behind, again, queue, waker, target, hurt, worker, run, asleep, searching, woken, stopped, closed,
          closer, late>>

Remove(s, i) == SubSeq(s, 1, i - 1) \o SubSeq(s, i + 1, Len(s))

Init ==
  /\ thread = [t \in Threads |-> "parked"] /\ behind = [t \in Threads |-> FALSE] /\ again = [t \in Threads |-> FALSE]
  /\ queue = <<>>
  /\ waker = [u \in Wakers |-> "outside"] /\ target = [u \in Wakers |-> None] /\ hurt = FALSE
  /\ worker = [w \in Workers |-> "looks"] /\ run = [w \in Workers |-> None]
  /\ asleep = {} /\ searching = 0 /\ woken = {}
  /\ stopped = FALSE /\ closed = FALSE /\ closer = "waits" /\ late = {}

-----------------------------------------------------------------------------
\* Waking: Thread.unpark, then CarrierBridge.execute, then Scheduler.inject.

Unpark(u, t) ==
  /\ waker[u] = "outside"
  /\ target' = [target EXCEPT ![u] = t]
  /\ IF thread[t] = "parked"
       THEN thread' = [thread EXCEPT ![t] = "ready"] /\ UNCHANGED again
            /\ waker' = [waker EXCEPT ![u] = IF Break = "closedReadBeforeAdd" THEN "readsFirst" ELSE "adds"]
       ELSE \* It runs, is ready, or has ended: a permit, and nothing to queue.
            /\ again' = [again EXCEPT ![t] = thread[t] # "ended"] /\ UNCHANGED thread
            /\ waker' = [waker EXCEPT ![u] = "done"]
  /\ UNCHANGED <<behind, queue, hurt, worker, run, asleep, searching, woken, stopped, closed, closer, late>>

ReadsFirst(u) ==
  /\ waker[u] = "readsFirst"
  /\ waker' = [waker EXCEPT ![u] = IF closed THEN "carries" ELSE "adds"]
  /\ UNCHANGED <<thread, behind, again, queue, target, hurt, worker, run, asleep, searching, woken, stopped, closed,
                 closer, late>>

Carries(u) ==
  /\ waker[u] = "carries"
  /\ late' = late \cup {target[u]}
  /\ waker' = [waker EXCEPT ![u] = "done"]
  /\ UNCHANGED <<thread, behind, again, queue, target, hurt, worker, run, asleep, searching, woken, stopped, closed, closer>>

Adds(u) ==  \* global.add
  /\ waker[u] = "adds"
  /\ IF Break = "throwsAfterClose" /\ closed
       THEN hurt' = TRUE /\ waker' = [waker EXCEPT ![u] = "done"] /\ UNCHANGED queue
       ELSE /\ queue' = Append(queue, target[u])
            /\ waker' = [waker EXCEPT ![u] = IF Break = "closedReadBeforeAdd" THEN "wakes" ELSE "reads"]
            /\ UNCHANGED hurt
  /\ UNCHANGED <<thread, behind, again, target, worker, run, asleep, searching, woken, stopped, closed, closer, late>>

Reads(u) ==  \* closed
  /\ waker[u] = "reads"
  /\ waker' = [waker EXCEPT ![u] = IF closed THEN "drains" ELSE "wakes"]
  /\ UNCHANGED <<thread, behind, again, queue, target, hurt, worker, run, asleep, searching, woken, stopped, closed,
                 closer, late>>

Take(next) ==  \* drainLate: global.poll, late.carry
  /\ queue # <<>>
  /\ queue' = Tail(queue) /\ late' = late \cup {Head(queue)}

Drains(u) ==
  /\ waker[u] = "drains"
  /\ IF queue = <<>>
       THEN waker' = [waker EXCEPT ![u] = "done"] /\ UNCHANGED <<queue, late>>
       ELSE Take(u) /\ UNCHANGED waker
  /\ UNCHANGED <<thread, behind, again, target, hurt, worker, run, asleep, searching, woken, stopped, closed, closer>>

Wakes(u) ==  \* SleeperSet.wakeOne: one atomic update; then the worker is unparked
  /\ waker[u] = "wakes"
  /\ waker' = [waker EXCEPT ![u] = "done"]
  /\ IF asleep # {} /\ searching = 0
       THEN \E w \in asleep: asleep' = asleep \ {w} /\ searching' = searching + 1 /\ woken' = woken \cup {w}
       ELSE UNCHANGED <<asleep, searching, woken>>
  /\ UNCHANGED <<thread, behind, again, queue, target, hurt, worker, run, stopped, closed, closer, late>>

-----------------------------------------------------------------------------
\* Workers. One that looks and finds nothing announces, looks again, and only then sleeps.
\* "looks" is the loop of one that does not search; "searches" of one that was counted as searching.

AtWork(w) == worker[w] \in {"looks", "searches"}

Finds(w) ==  \* takes the oldest; who searched wakes another first if it was the last that did
  /\ AtWork(w) /\ run[w] = None /\ queue # <<>>
  /\ run' = [run EXCEPT ![w] = Head(queue)] /\ queue' = Tail(queue)
  /\ thread' = [thread EXCEPT ![Head(queue)] = "runs"]
  /\ worker' = [worker EXCEPT ![w] = "looks"]
  /\ LET left == IF worker[w] = "searches" THEN searching - 1 ELSE searching
         passOn == worker[w] = "searches" /\ left = 0 /\ asleep # {}
     IN IF passOn
          THEN \E x \in asleep: asleep' = asleep \ {x} /\ searching' = 1 /\ woken' = woken \cup {x}
          ELSE searching' = left /\ UNCHANGED <<asleep, woken>>
  /\ UNCHANGED <<behind, again, waker, target, hurt, stopped, closed, closer, late>>

Announces(w) ==  \* SleeperSet.announce: the bit, and who searched searches no more
  /\ AtWork(w) /\ run[w] = None /\ queue = <<>> /\ ~stopped
  /\ IF Break = "announcesAfterLook"
       THEN worker' = [worker EXCEPT ![w] = "found nothing"] /\ UNCHANGED <<asleep, searching>>
       ELSE /\ worker' = [worker EXCEPT ![w] = "announced"]
            /\ asleep' = asleep \cup {w}
            /\ searching' = IF worker[w] = "searches" THEN searching - 1 ELSE searching
  /\ UNCHANGED <<thread, behind, again, queue, waker, target, hurt, run, woken, stopped, closed, closer, late>>

AnnouncesLate(w) ==
  /\ worker[w] = "found nothing"
  /\ worker' = [worker EXCEPT ![w] = "sleeps"]
  /\ asleep' = asleep \cup {w}
  /\ UNCHANGED <<thread, behind, again, queue, waker, target, hurt, run, searching, woken, stopped, closed, closer, late>>

LooksAgain(w) ==  \* all queues, and stopped
  /\ worker[w] = "announced"
  /\ worker' = [worker EXCEPT ![w] = IF queue # <<>> \/ stopped THEN "retracts" ELSE "sleeps"]
  /\ UNCHANGED <<thread, behind, again, queue, waker, target, hurt, run, asleep, searching, woken, stopped, closed,
                 closer, late>>

Awakes(w) ==  \* IdleWait returns: it was unparked
  /\ worker[w] = "sleeps" /\ w \in woken
  /\ worker' = [worker EXCEPT ![w] = "retracts"] /\ woken' = woken \ {w}
  /\ UNCHANGED <<thread, behind, again, queue, waker, target, hurt, run, asleep, searching, stopped, closed, closer, late>>

Retracts(w) ==  \* SleeperSet.retract: clears the bit, or a waker has, and has counted it as searching
  /\ worker[w] = "retracts"
  /\ worker' = [worker EXCEPT ![w] = IF w \in asleep THEN "looks" ELSE "searches"]
  /\ asleep' = asleep \ {w} /\ woken' = woken \ {w}
  /\ UNCHANGED <<thread, behind, again, queue, waker, target, hurt, run, searching, stopped, closed, closer, late>>

\* What a thread does when it is run. Parking looks at the permit, as the JDK does after it has unmounted.
Leaves(t, to) ==
  /\ thread' = [thread EXCEPT ![t] = to]
  /\ again' = [again EXCEPT ![t] = FALSE]

Suspends(w) ==
  /\ run[w] # None /\ run' = [run EXCEPT ![w] = None]
  /\ IF again[run[w]]
       THEN Leaves(run[w], "ready") /\ queue' = Append(queue, run[w])  \* the worker pushes it, and looks next
       ELSE Leaves(run[w], "parked") /\ UNCHANGED queue
  /\ UNCHANGED <<behind, waker, target, hurt, worker, asleep, searching, woken, stopped, closed, closer, late>>

BodyEnds(w) ==  \* counted as ended from here on
  /\ run[w] # None /\ ~behind[run[w]]
  /\ behind' = [behind EXCEPT ![run[w]] = TRUE]
  /\ UNCHANGED <<thread, again, queue, waker, target, hurt, worker, run, asleep, searching, woken, stopped, closed, closer, late>>

Ends(w) ==
  /\ run[w] # None /\ behind[run[w]]
  /\ Leaves(run[w], "ended")
  /\ run' = [run EXCEPT ![w] = None]
  /\ UNCHANGED <<behind, queue, waker, target, hurt, worker, asleep, searching, woken, stopped, closed, closer, late>>

WorkerEnds(w) ==  \* stopped, and nothing found
  /\ AtWork(w) /\ run[w] = None /\ stopped /\ queue = <<>>
  /\ worker' = [worker EXCEPT ![w] = "ended"]
  /\ searching' = IF worker[w] = "searches" THEN searching - 1 ELSE searching
  /\ UNCHANGED <<thread, behind, again, queue, waker, target, hurt, run, asleep, woken, stopped, closed, closer, late>>

-----------------------------------------------------------------------------
\* The closing thread: Closer.finish.

Stops ==  \* the barrier: every body has ended. Scheduler.stop: stopped, then wakes all
  /\ closer = "waits" /\ \A t \in Threads: behind[t]
  /\ stopped' = TRUE
  /\ closer' = "wakes all"
  /\ UNCHANGED <<thread, behind, again, queue, waker, target, hurt, worker, run, asleep, searching, woken, closed, late>>

WakesAll ==
  /\ closer = "wakes all"
  /\ woken' = IF Break = "stopWakesNobody" THEN woken ELSE woken \cup {w \in Workers: worker[w] # "ended"}
  /\ closer' = "joins"
  /\ UNCHANGED <<thread, behind, again, queue, waker, target, hurt, worker, run, asleep, searching, stopped, closed, late>>

Joins ==
  /\ closer = "joins" /\ \A w \in Workers: worker[w] = "ended"
  /\ closer' = IF Break = "drainsThenCloses" THEN "drains" ELSE "closes"
  /\ UNCHANGED <<thread, behind, again, queue, waker, target, hurt, worker, run, asleep, searching, woken, stopped, closed, late>>

Closes ==  \* Scheduler.close: closed, then drainLate
  /\ closer = "closes"
  /\ closed' = TRUE
  /\ closer' = IF Break = "drainsThenCloses" THEN "done" ELSE "drains"
  /\ UNCHANGED <<thread, behind, again, queue, waker, target, hurt, worker, run, asleep, searching, woken, stopped, late>>

CloserDrains ==
  /\ closer = "drains"
  /\ IF queue = <<>>
       THEN closer' = (IF Break = "drainsThenCloses" THEN "closes" ELSE "done") /\ UNCHANGED <<queue, late>>
       ELSE Take(closer) /\ UNCHANGED closer
  /\ UNCHANGED <<thread, behind, again, waker, target, hurt, worker, run, asleep, searching, woken, stopped, closed>>

\* The late carrier: it may park again there, or end.
LateRuns(t) ==
  /\ t \in late
  /\ late' = late \ {t}
  /\ \E to \in {"parked", "ended"}: Leaves(t, IF to = "parked" /\ again[t] THEN "ended" ELSE to)
  /\ UNCHANGED <<behind, queue, waker, target, hurt, worker, run, asleep, searching, woken, stopped, closed, closer>>

-----------------------------------------------------------------------------
Waker(u) == ReadsFirst(u) \/ Carries(u) \/ Adds(u) \/ Reads(u) \/ Drains(u) \/ Wakes(u)
Worker(w) == Finds(w) \/ Announces(w) \/ AnnouncesLate(w) \/ LooksAgain(w) \/ Awakes(w) \/ Retracts(w) \/ WorkerEnds(w)
Runs(w) == Suspends(w) \/ Ends(w)
Closer == Stops \/ WakesAll \/ Joins \/ Closes \/ CloserDrains

Next ==
  \/ \E u \in Wakers: Waker(u) \/ \E t \in Threads: Unpark(u, t)
  \/ \E w \in Workers: Worker(w) \/ Runs(w) \/ BodyEnds(w)
  \/ Closer
  \/ \E t \in Threads: LateRuns(t)

Spec == Init /\ [][Next]_vars

FairSpec ==
  /\ Spec /\ WF_vars(Closer)
  /\ \A u \in Wakers: WF_vars(Waker(u))
  /\ \A w \in Workers: WF_vars(Worker(w)) /\ WF_vars(Runs(w))
  /\ \A t \in Threads: WF_vars(LateRuns(t))

-----------------------------------------------------------------------------
\* G6: nothing is thrown into a waker.
NoWakerIsHurt == ~hurt

\* G6: a thread that was woken is somewhere where somebody is about to take it from.
Taken(w) == worker[w] \in {"looks", "searches", "announced", "retracts", "found nothing"} \/ w \in woken
NobodyIsStranded ==
  queue # <<>> =>
    \/ \E w \in Workers: worker[w] # "ended" /\ Taken(w)
    \/ \E u \in Wakers: waker[u] \in {"reads", "drains", "wakes"}
    \/ closer \in {"wakes all", "closes", "drains"}
    \/ closer = "joins" /\ \A w \in Workers: worker[w] = "ended"

\* The same in time: who is ready comes to run. A worker that runs something may keep it for as long
\* as it likes: here each suspends after a while.
WhoIsWokenRuns == \A t \in Threads: thread[t] = "ready" ~> thread[t] # "ready"

\* If all bodies end, so does the close.
Terminates == (\A t \in Threads: behind[t]) ~> closer = "done"

Symmetry == Permutations(Workers) \cup Permutations(Threads) \cup Permutations(Wakers)
=============================================================================
