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
  counted,    \* the workers that are counted as searching, and know it: Worker.searching
  gaveUp,     \* who was counted until it announced its sleep
  permit,     \* who was unparked, and has not waited since
  asleep,     \* SleeperSet: the bits of who has announced that it will sleep
  sleeping,   \* SleeperSet: how many have, which is counted before the bit is set, and after it is cleared
  searching,  \* SleeperSet: how many search, those that were woken to, and who looks for somebody to wake, included
  wake,       \* where a waker or worker is in SleeperSet.wakeOne, "no" if it is not there
  claimed,    \* whom it is about to unpark
  stopped,    \* Scheduler.stopped
  closed,     \* Scheduler.closed
  closer,     \* where the closing thread is
  late        \* what the late carrier has to run

threads == <<thread, behind, again, queue>>
wakers == <<waker, target, hurt>>
set == <<asleep, sleeping, searching>>
waking == <<wake, claimed>>
workers == <<worker, run, counted, gaveUp, permit>>
closing == <<stopped, closed, closer, late>>
vars == <<threads, wakers, set, waking, workers, closing>>

Init ==
  /\ thread = [t \in Threads |-> "parked"] /\ behind = [t \in Threads |-> FALSE] /\ again = [t \in Threads |-> FALSE]
  /\ queue = <<>>
  /\ waker = [u \in Wakers |-> "outside"] /\ target = [u \in Wakers |-> None] /\ hurt = FALSE
  /\ worker = [w \in Workers |-> "looks"] /\ run = [w \in Workers |-> None] /\ counted = {} /\ gaveUp = {} /\ permit = {}
  /\ asleep = {} /\ sleeping = 0 /\ searching = 0
  /\ wake = [c \in Wakers \cup Workers |-> "no"] /\ claimed = [c \in Wakers \cup Workers |-> None]
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
  /\ UNCHANGED <<behind, queue, hurt, set, waking, workers, closing>>

ReadsFirst(u) ==
  /\ waker[u] = "readsFirst"
  /\ waker' = [waker EXCEPT ![u] = IF closed THEN "carries" ELSE "adds"]
  /\ UNCHANGED <<threads, target, hurt, set, waking, workers, closing>>

Carries(u) ==
  /\ waker[u] = "carries"
  /\ late' = late \cup {target[u]}
  /\ waker' = [waker EXCEPT ![u] = "done"]
  /\ UNCHANGED <<threads, target, hurt, set, waking, workers, stopped, closed, closer>>

Adds(u) ==  \* global.add
  /\ waker[u] = "adds"
  /\ IF Break = "throwsAfterClose" /\ closed
       THEN hurt' = TRUE /\ waker' = [waker EXCEPT ![u] = "done"] /\ UNCHANGED <<queue, wake>>
       ELSE /\ queue' = Append(queue, target[u]) /\ UNCHANGED hurt
            /\ IF Break = "closedReadBeforeAdd"
                 THEN waker' = [waker EXCEPT ![u] = "done"] /\ wake' = [wake EXCEPT ![u] = "begins"]
                 ELSE waker' = [waker EXCEPT ![u] = "reads"] /\ UNCHANGED wake
  /\ UNCHANGED <<thread, behind, again, target, set, claimed, workers, closing>>

Reads(u) ==  \* closed
  /\ waker[u] = "reads"
  /\ IF closed
       THEN waker' = [waker EXCEPT ![u] = "drains"] /\ UNCHANGED wake
       ELSE waker' = [waker EXCEPT ![u] = "done"] /\ wake' = [wake EXCEPT ![u] = "begins"]
  /\ UNCHANGED <<threads, target, hurt, set, claimed, workers, closing>>

Take ==  \* drainLate: global.poll, late.carry
  /\ queue # <<>>
  /\ queue' = Tail(queue) /\ late' = late \cup {Head(queue)}

Drains(u) ==
  /\ waker[u] = "drains"
  /\ IF queue = <<>>
       THEN waker' = [waker EXCEPT ![u] = "done"] /\ UNCHANGED <<queue, late>>
       ELSE Take /\ UNCHANGED waker
  /\ UNCHANGED <<thread, behind, again, target, hurt, set, waking, workers, stopped, closed, closer>>

-----------------------------------------------------------------------------
\* SleeperSet.wakeOne, by a waker or a worker, one atomic access in each step.

WakeBegins(c) ==  \* the read of the state, and the update that succeeds only if nothing has changed
  /\ wake[c] = "begins"
  /\ IF searching > 0 \/ sleeping = 0
       THEN wake' = [wake EXCEPT ![c] = "no"] /\ UNCHANGED searching
       ELSE wake' = [wake EXCEPT ![c] = "claims"] /\ searching' = searching + 1
  /\ UNCHANGED <<threads, wakers, asleep, sleeping, claimed, workers, closing>>

Claims(c) ==  \* claim: clears a bit that it saw
  /\ wake[c] = "claims"
  /\ IF asleep = {}
       THEN wake' = [wake EXCEPT ![c] = "gives back"] /\ UNCHANGED <<asleep, claimed>>
       ELSE \E w \in asleep:
              /\ asleep' = asleep \ {w} /\ claimed' = [claimed EXCEPT ![c] = w]
              /\ wake' = [wake EXCEPT ![c] = "counts out"]
  /\ UNCHANGED <<threads, wakers, sleeping, searching, workers, closing>>

CountsOut(c) ==
  /\ wake[c] = "counts out"
  /\ sleeping' = sleeping - 1 /\ wake' = [wake EXCEPT ![c] = "unparks"]
  /\ UNCHANGED <<threads, wakers, asleep, searching, claimed, workers, closing>>

Unparks(c) ==  \* IdleWait.wake, of whom it was counted as searching for
  /\ wake[c] = "unparks"
  /\ permit' = permit \cup {claimed[c]}
  /\ wake' = [wake EXCEPT ![c] = "no"] /\ claimed' = [claimed EXCEPT ![c] = None]
  /\ UNCHANGED <<threads, wakers, set, worker, run, counted, gaveUp, closing>>

GivesBack(c) ==
  /\ wake[c] = "gives back"
  /\ searching' = searching - 1
  /\ wake' = [wake EXCEPT ![c] = IF Break = "givesBackAndGoes" THEN "no" ELSE "looks again"]
  /\ UNCHANGED <<threads, wakers, asleep, sleeping, claimed, workers, closing>>

WakerLooksAgain(c) ==  \* for those that relied on its being counted
  /\ wake[c] = "looks again"
  /\ wake' = [wake EXCEPT ![c] = IF asleep = {} THEN "no" ELSE "begins"]
  /\ UNCHANGED <<threads, wakers, set, claimed, workers, closing>>

Wake(c) ==
  WakeBegins(c) \/ Claims(c) \/ CountsOut(c) \/ Unparks(c) \/ GivesBack(c) \/ WakerLooksAgain(c)

-----------------------------------------------------------------------------
\* Workers: Worker.nextTask. One that finds nothing searches, if not too many do; then announces its
\* sleep, looks a last time, and only then sleeps. While it wakes another it does nothing else.

Is(w, what) == worker[w] = what /\ wake[w] = "no"
Goes(w, to) == worker' = [worker EXCEPT ![w] = to]

Finds(w) ==  \* takes the oldest
  /\ Is(w, "looks") \/ Is(w, "searches")
  /\ queue # <<>> /\ queue' = Tail(queue)
  /\ thread' = [thread EXCEPT ![Head(queue)] = "runs"]
  /\ run' = [run EXCEPT ![w] = Head(queue)]
  /\ Goes(w, IF w \in counted THEN "ends search" ELSE "runs")
  /\ UNCHANGED <<behind, again, wakers, set, waking, counted, gaveUp, permit, closing>>

FindsNothing(w) ==
  /\ Is(w, "looks") \/ Is(w, "searches")
  /\ queue = <<>>
  /\ Goes(w, IF worker[w] = "looks" /\ w \notin counted THEN "starts search" ELSE "found nothing")
  /\ UNCHANGED <<threads, wakers, set, waking, run, counted, gaveUp, permit, closing>>

StartsSearch(w) ==  \* tryStartSearching: half of the workers at most
  /\ Is(w, "starts search")
  /\ IF searching >= (Cardinality(Workers) + 1) \div 2
       THEN Goes(w, "found nothing") /\ UNCHANGED <<searching, counted>>
       ELSE Goes(w, "searches") /\ searching' = searching + 1 /\ counted' = counted \cup {w}
  /\ UNCHANGED <<threads, wakers, asleep, sleeping, waking, run, gaveUp, permit, closing>>

EndsSearch(w) ==  \* endSearch: wakes another if it was the last, for wakers relied on it
  /\ Is(w, "ends search")
  /\ searching' = searching - 1 /\ counted' = counted \ {w}
  /\ IF searching = 1 /\ Break # "lastTellsNobody"
       THEN wake' = [wake EXCEPT ![w] = "begins"]
       ELSE UNCHANGED wake
  /\ Goes(w, IF run[w] = None THEN "ended" ELSE "runs")
  /\ UNCHANGED <<threads, wakers, asleep, sleeping, claimed, run, gaveUp, permit, closing>>

GivesUp(w) ==  \* nextTask: what it does when it found nothing
  /\ Is(w, "found nothing")
  /\ Goes(w, CASE stopped -> IF w \in counted THEN "ends search" ELSE "ended"
               [] Break = "announcesAfterLook" -> "looks last"
               [] OTHER -> "announces")
  /\ UNCHANGED <<threads, wakers, set, waking, run, counted, gaveUp, permit, closing>>

Announces(w) ==  \* announce: counts
  /\ Is(w, "announces")
  /\ sleeping' = sleeping + 1 /\ Goes(w, "sets bit")
  /\ UNCHANGED <<threads, wakers, asleep, searching, waking, run, counted, gaveUp, permit, closing>>

SetsBit(w) ==  \* announce: the bit
  /\ Is(w, "sets bit")
  /\ asleep' = asleep \cup {w}
  /\ Goes(w, IF w \in counted THEN "stops searching"
             ELSE IF Break = "announcesAfterLook" THEN "sleeps" ELSE "looks last")
  /\ UNCHANGED <<threads, wakers, sleeping, searching, waking, run, counted, gaveUp, permit, closing>>

StopsSearching(w) ==
  /\ Is(w, "stops searching")
  /\ searching' = searching - 1 /\ counted' = counted \ {w} /\ gaveUp' = gaveUp \cup {w}
  /\ Goes(w, IF Break = "announcesAfterLook" THEN "sleeps" ELSE "looks last")
  /\ UNCHANGED <<threads, wakers, asleep, sleeping, waking, run, permit, closing>>

LooksLast(w) ==  \* hasWork, and stopped
  /\ Is(w, "looks last")
  /\ Goes(w, IF Break = "announcesAfterLook" THEN IF queue # <<>> THEN "looks" ELSE "announces"
             ELSE IF queue # <<>> \/ stopped THEN "retracts" ELSE "sleeps")
  /\ UNCHANGED <<threads, wakers, set, waking, run, counted, gaveUp, permit, closing>>

Awakes(w) ==  \* IdleWait.await returns: it was unparked, perhaps before it came here
  /\ Is(w, "sleeps") /\ w \in permit
  /\ permit' = permit \ {w} /\ Goes(w, "retracts")
  /\ UNCHANGED <<threads, wakers, set, waking, run, counted, gaveUp, closing>>

Retracts(w) ==  \* retract: clears the bit, or a waker has, and has counted it as searching
  /\ Is(w, "retracts")
  /\ IF w \in asleep
       THEN asleep' = asleep \ {w} /\ Goes(w, "counts out") /\ UNCHANGED <<counted, gaveUp>>
       ELSE counted' = counted \cup {w} /\ gaveUp' = gaveUp \ {w} /\ Goes(w, "looks") /\ UNCHANGED asleep
  /\ UNCHANGED <<threads, wakers, sleeping, searching, waking, run, permit, closing>>

Retracted(w) ==  \* wakers may have relied on it until it gave up: then it searches again, and tells another if it finds
  /\ Is(w, "counts out")
  /\ sleeping' = sleeping - 1 /\ gaveUp' = gaveUp \ {w}
  /\ Goes(w, IF w \in gaveUp /\ Break # "searchesNoMore" THEN "starts search" ELSE "looks")
  /\ UNCHANGED <<threads, wakers, asleep, searching, waking, run, counted, permit, closing>>

\* What a thread does when it is run. Parking looks at the permit, as the JDK does after it has unmounted.
Leaves(t, to) ==
  /\ thread' = [thread EXCEPT ![t] = to]
  /\ again' = [again EXCEPT ![t] = FALSE]

Suspends(w) ==
  /\ Is(w, "runs")
  /\ run' = [run EXCEPT ![w] = None] /\ Goes(w, "looks")
  /\ IF again[run[w]]
       THEN \* Worker.pushOwn: it looks next itself, and wakes another if there is more
            /\ Leaves(run[w], "ready") /\ queue' = Append(queue, run[w])
            /\ wake' = [wake EXCEPT ![w] = IF queue = <<>> THEN "no" ELSE "begins"]
       ELSE Leaves(run[w], "parked") /\ UNCHANGED <<queue, wake>>
  /\ UNCHANGED <<behind, wakers, set, claimed, counted, gaveUp, permit, closing>>

BodyEnds(w) ==  \* counted as ended from here on
  /\ Is(w, "runs") /\ ~behind[run[w]]
  /\ behind' = [behind EXCEPT ![run[w]] = TRUE]
  /\ UNCHANGED <<thread, again, queue, wakers, set, waking, workers, closing>>

Ends(w) ==
  /\ Is(w, "runs") /\ behind[run[w]]
  /\ Leaves(run[w], "ended")
  /\ run' = [run EXCEPT ![w] = None] /\ Goes(w, "looks")
  /\ UNCHANGED <<behind, queue, wakers, set, waking, counted, gaveUp, permit, closing>>

-----------------------------------------------------------------------------
\* The closing thread: Closer.finish.

Stops ==  \* the barrier: every body has ended. Scheduler.stop: stopped, then wakes all
  /\ closer = "waits" /\ \A t \in Threads: behind[t]
  /\ stopped' = TRUE
  /\ closer' = "wakes all"
  /\ UNCHANGED <<threads, wakers, set, waking, workers, closed, late>>

WakesAll ==
  /\ closer = "wakes all"
  /\ permit' = IF Break = "stopWakesNobody" THEN permit ELSE Workers
  /\ closer' = "joins"
  /\ UNCHANGED <<threads, wakers, set, waking, worker, run, counted, gaveUp, stopped, closed, late>>

Joins ==
  /\ closer = "joins" /\ \A w \in Workers: Is(w, "ended")
  /\ closer' = IF Break = "drainsThenCloses" THEN "drains" ELSE "closes"
  /\ UNCHANGED <<threads, wakers, set, waking, workers, stopped, closed, late>>

Closes ==  \* Scheduler.close: closed, then drainLate
  /\ closer = "closes"
  /\ closed' = TRUE
  /\ closer' = IF Break = "drainsThenCloses" THEN "done" ELSE "drains"
  /\ UNCHANGED <<threads, wakers, set, waking, workers, stopped, late>>

CloserDrains ==
  /\ closer = "drains"
  /\ IF queue = <<>>
       THEN closer' = (IF Break = "drainsThenCloses" THEN "closes" ELSE "done") /\ UNCHANGED <<queue, late>>
       ELSE Take /\ UNCHANGED closer
  /\ UNCHANGED <<thread, behind, again, wakers, set, waking, workers, stopped, closed>>

\* The late carrier: it may park again there, or end.
LateRuns(t) ==
  /\ t \in late
  /\ late' = late \ {t}
  /\ \E to \in {"parked", "ended"}: Leaves(t, IF to = "parked" /\ again[t] THEN "ended" ELSE to)
  /\ UNCHANGED <<behind, queue, wakers, set, waking, workers, stopped, closed, closer>>

-----------------------------------------------------------------------------
Waker(u) == ReadsFirst(u) \/ Carries(u) \/ Adds(u) \/ Reads(u) \/ Drains(u) \/ Wake(u)
Worker(w) ==
  \/ Finds(w) \/ FindsNothing(w) \/ StartsSearch(w) \/ EndsSearch(w) \/ GivesUp(w) \/ Announces(w) \/ SetsBit(w)
  \/ StopsSearching(w) \/ LooksLast(w) \/ Awakes(w) \/ Retracts(w) \/ Retracted(w) \/ Wake(w)
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

InInject == \E u \in Wakers: waker[u] \in {"reads", "drains"}
SomeoneWakes == \E c \in Wakers \cup Workers: wake[c] # "no"
AboutToLook(w) == worker[w] \notin {"sleeps", "runs", "ended"} \/ (worker[w] = "sleeps" /\ w \in permit)

\* G6: a thread that was woken is somewhere where somebody is about to take it from.
NobodyIsStranded ==
  queue # <<>> =>
    \/ \E w \in Workers: AboutToLook(w) \/ worker[w] = "runs"
    \/ SomeoneWakes \/ InInject
    \/ closer \in {"wakes all", "closes", "drains"}
    \/ closer = "joins" /\ \A w \in Workers: worker[w] = "ended"

\* And no worker sleeps on beside it, however long another runs what it has: SleeperSet.
NobodySleepsBesideWork ==
  queue # <<>> /\ (\E w \in Workers: worker[w] = "sleeps") => (\E w \in Workers: AboutToLook(w)) \/ SomeoneWakes \/ InInject

\* The same in time: who is ready comes to run. A worker that runs something may keep it for as long
\* as it likes: here each suspends after a while.
WhoIsWokenRuns == \A t \in Threads: thread[t] = "ready" ~> thread[t] # "ready"

\* If all bodies end, so does the close.
Terminates == (\A t \in Threads: behind[t]) ~> closer = "done"

\* Where only the sleep of workers is looked at: before the end.
StillRunning == \A t \in Threads: ~behind[t]

Symmetry == Permutations(Workers) \cup Permutations(Threads) \cup Permutations(Wakers)
=============================================================================
