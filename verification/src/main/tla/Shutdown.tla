------------------------------ MODULE Shutdown ------------------------------
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* How a runtime ends: who is counted, how the closing thread reads the    *)
(* counts, and when destructors run.                                       *)
(*                                                                         *)
(* One action is what the code does in one step that others can see: so a  *)
(* wrong order of two such steps in the code is another specification, and *)
(* the constant Break chooses some of these. Every one of them must be     *)
(* rejected: the canaries, see canaries.list.                              *)
(*                                                                         *)
(* Tasks, jobs and guards are all alike, and what is said of them depends  *)
(* on how many there are: they have no names here, only numbers. Which     *)
(* worker runs a task matters, and so workers have names.                  *)
(*                                                                         *)
(* Memory: actions are sequentially consistent. Where the code relies on   *)
(* less, it is release and acquire, which keep causes before effects; the  *)
(* one place where that differs is the count in a turnstile, which may be  *)
(* seen only after the phase was read (OutsideShow, OutsideCheck).         *)
(***************************************************************************)
EXTENDS Integers, FiniteSets, Sequences, TLC

CONSTANTS
  Workers,     \* their names; symmetric
  Configured,  \* how many of them run from the beginning; the others are spares
  MaxTasks,    \* how many tasks are started in all, those that are refused included
  MaxJobs,     \* as many blocking jobs
  MaxGuards,   \* as many guards
  MaxLeases,   \* the most leases that are open at a time
  MaxValues,   \* the most values on one worker; the last of several is made by a destructor
  Turnstiles,  \* symmetric
  Split,       \* whether a worker's counts of tasks and of guards are looked at one after the other, as in the code
  None,        \* no value
  Break        \* what is done wrongly; "nothing" for the real thing

Running == 0       \* ShutdownPhase, in its order
Draining == 1
Cancelling == 2
Quiescent == 3
Destroying == 4
Terminated == 5

\* Where is counted. Starts from outside are counted in a turnstile, and all else that is on no worker in
\* Ledger.outsideEnded, outsideGuardsOpened, outsideGuardsClosed.
Outside == "outside"
TaskCell(at) == <<at, IF Split THEN "tasks" ELSE "all">>
GuardCell(at) == <<at, IF Split THEN "guards" ELSE "all">>
PoolCell == <<"pool", "all">>
CellsOf(places) == {TaskCell(at): at \in places} \cup {GuardCell(at): at \in places}
TurnstileCells == {TaskCell(s): s \in Turnstiles}
Cells == CellsOf(Workers \cup {Outside}) \cup TurnstileCells \cup {PoolCell}

VARIABLES
  phase,      \* Closer.phase
  stopped,    \* Scheduler.stopped
  born,       \* how many tasks began to be started
  ready,      \* how many tasks are ready, by whether they hold a lease
  run,        \* what each worker runs
  turnstile,  \* who is in each
  refused,    \* how many have left it refused, and have not taken themselves back
  submitted,  \* how many jobs were handed in
  jobs,       \* how many wait for a thread, how many run
  pool,       \* who holds BlockingPool.lock with a job that is counted and not checked
  opened,     \* how many guards were opened
  spot,       \* whether a guard is open at the worker's spot (GuardPlace), which is not counted
  counted,    \* how many other guards are open, which are; and calls to workers, which count as guards
  owed,       \* starts that were not counted in time; none unless Break says so
  worker,     \* what each worker's thread does
  stack,      \* the values of each worker, as numbers, the last made last
  made,       \* how many were made there
  doing,      \* the value whose destructor runs there
  gone,       \* those whose destructor has run
  faults,     \* what went wrong with values
  monitor,    \* the closing thread: where it is, and what it has added up
  close,      \* one thread that closes
  starts,     \* of each cell: WorkerOwner.tasksStarted, guardsOpened, Turnstile.started, ...
  ends        \* of each cell: WorkerOwner.tasksEnded, guardsClosed, Ledger.outsideEnded, ...

tasks == <<born, ready, run, turnstile, refused>>
work == <<submitted, jobs, pool>>
guards == <<opened, spot, counted>>
counts == <<starts, ends, owed>>
values == <<worker, stack, made, doing, gone, faults>>
vars == <<phase, stopped, tasks, work, guards, counts, values, monitor, close>>

-----------------------------------------------------------------------------
\* What is alive, as somebody who sees everything at once would count it.

Sum(f, S) == LET RECURSIVE add(_)
                 add(T) == IF T = {} THEN 0 ELSE LET x == CHOOSE x \in T: TRUE IN f[x] + add(T \ {x})
             IN add(S)

OnWorkers == Cardinality({w \in Workers: run[w] \in {"task", "leasing", "submitting"}})
Inside == {s \in Turnstiles: turnstile[s] # None}
TasksAlive == ready[FALSE] + ready[TRUE] + OnWorkers
                + Cardinality({s \in Inside: turnstile[s].verdict = "yes"})
\* A job or call that starts a task or hands in a job is not among those that run meanwhile.
JobsAlive == jobs.queued + jobs.running
               + Cardinality({s \in Inside: turnstile[s].by = "job"})
               + (IF pool # None /\ pool.by = "job" THEN 1 ELSE 0)
               + (IF pool # None /\ pool.verdict = "yes" THEN 1 ELSE 0)
LeasesOpen == ready[TRUE] + Cardinality({w \in Workers: run[w] \in {"leasing", "outlived"}})
GuardsOpen == counted + Cardinality({w \in Workers: spot[w]}) + Cardinality({s \in Inside: turnstile[s].by = "call"})
Holders == TasksAlive + JobsAlive + LeasesOpen + GuardsOpen

Started == {w \in Workers: worker[w] # "unstarted"}

Idle == [pc |-> "idle", at |-> 1, left |-> {}, workers |-> {}, diff |-> 0]

Init ==
  /\ phase = Running /\ stopped = FALSE
  /\ born = 0 /\ ready = [b \in BOOLEAN |-> 0] /\ run = [w \in Workers |-> "nothing"]
  /\ turnstile = [s \in Turnstiles |-> None] /\ refused = 0
  /\ submitted = 0 /\ jobs = [queued |-> 0, running |-> 0] /\ pool = None
  /\ opened = 0 /\ spot = [w \in Workers |-> FALSE] /\ counted = 0
  /\ starts = [c \in Cells |-> 0] /\ ends = [c \in Cells |-> 0]
  /\ owed = <<>>
  /\ worker \in {f \in [Workers -> {"works", "unstarted"}]:
                   Cardinality({w \in Workers: f[w] = "works"}) = Configured}
  \* Values that were made before: that more are made by tasks changes nothing for the barrier.
  /\ made = [w \in Workers |-> IF worker[w] = "unstarted" THEN 0 ELSE IF MaxValues > 1 THEN MaxValues - 1 ELSE MaxValues]
  /\ stack = [w \in Workers |-> [i \in 1..made[w] |-> i]]
  /\ doing = [w \in Workers |-> None] /\ gone = [w \in Workers |-> {}] /\ faults = {}
  /\ monitor = Idle
  /\ close = "calls"

Start(c) == starts' = [starts EXCEPT ![c] = @ + 1]
End(c) == ends' = [ends EXCEPT ![c] = @ + 1]

\* TieredRuntime.mayStart: everybody while running, then only those the barrier waits for.
May(member) == phase = Running \/ (member /\ phase < Quiescent /\ Break # "onlyWhileRunning")

-----------------------------------------------------------------------------
\* Starts by who is on no worker as a task: Ledger.startedOutside, by threads outside, by jobs, and by calls
\* that a worker's own thread runs.

OutsideEnter(s, by) ==  \* Turnstile.enter
  /\ turnstile[s] = None /\ born < MaxTasks
  /\ born' = born + 1
  /\ turnstile' = [turnstile EXCEPT ![s] = [by |-> by, shown |-> FALSE, verdict |-> "open"]]
  /\ CASE by = "job" -> jobs.running > 0 /\ jobs' = [jobs EXCEPT !.running = @ - 1] /\ UNCHANGED counted
       [] by = "call" -> counted > 0 /\ counted' = counted - 1 /\ UNCHANGED jobs
       [] OTHER -> UNCHANGED <<jobs, counted>>
  /\ UNCHANGED <<phase, stopped, ready, run, refused, submitted, pool, opened, spot, counts, values, monitor, close>>

OutsideShow(s) ==  \* Turnstile.count: a release, and so seen by others at any time before leave
  /\ turnstile[s] # None /\ ~turnstile[s].shown
  /\ Start(TaskCell(s))
  /\ turnstile' = [turnstile EXCEPT ![s].shown = TRUE]
  /\ UNCHANGED <<phase, stopped, born, ready, run, refused, work, guards, ends, owed, values, monitor, close>>

OutsideCheck(s) ==  \* admitted: reads Closer.phase
  /\ turnstile[s] # None /\ turnstile[s].verdict = "open"
  /\ turnstile' = [turnstile EXCEPT ![s].verdict = IF May(turnstile[s].by # "outside") THEN "yes" ELSE "no"]
  /\ UNCHANGED <<phase, stopped, born, ready, run, refused, work, guards, counts, values, monitor, close>>

OutsideLeave(s) ==  \* Turnstile.leave, then the task is queued or the start refused
  /\ turnstile[s] # None /\ turnstile[s].shown /\ turnstile[s].verdict # "open"
  /\ turnstile' = [turnstile EXCEPT ![s] = None]
  /\ IF turnstile[s].verdict = "yes"
       THEN ready' = [ready EXCEPT ![FALSE] = @ + 1] /\ UNCHANGED refused
       ELSE refused' = refused + 1 /\ UNCHANGED ready
  /\ jobs' = IF turnstile[s].by = "job" THEN [jobs EXCEPT !.running = @ + 1] ELSE jobs
  /\ counted' = IF turnstile[s].by = "call" THEN counted + 1 ELSE counted
  /\ UNCHANGED <<phase, stopped, born, run, submitted, pool, opened, spot, counts, values, monitor, close>>

OutsideTakeBack ==  \* outsideEnded.increment
  /\ refused > 0
  /\ refused' = refused - 1
  /\ IF Break = "refusedStaysCounted" THEN UNCHANGED ends ELSE End(TaskCell(Outside))
  /\ UNCHANGED <<phase, stopped, born, ready, run, turnstile, work, guards, starts, owed, values, monitor, close>>

-----------------------------------------------------------------------------
\* Tasks.

Mount(w, leasing) ==  \* a worker takes a task from a queue
  /\ worker[w] = "works" /\ run[w] = "nothing" /\ ready[leasing] > 0
  /\ ready' = [ready EXCEPT ![leasing] = @ - 1]
  /\ run' = [run EXCEPT ![w] = IF leasing THEN "leasing" ELSE "task"]
  /\ UNCHANGED <<phase, stopped, born, turnstile, refused, work, guards, counts, values, monitor, close>>

Suspend(w) ==  \* it is woken again at any time; see Wakeups
  /\ run[w] \in {"task", "leasing"}
  /\ run' = [run EXCEPT ![w] = "nothing"]
  /\ ready' = [ready EXCEPT ![run[w] = "leasing"] = @ + 1]
  /\ UNCHANGED <<phase, stopped, born, turnstile, refused, work, guards, counts, values, monitor, close>>

Spawn(w) ==  \* WorkerOwner.taskStarted, then the push: until it is pushed it is ready and not taken
  /\ run[w] \in {"task", "leasing"} /\ born < MaxTasks
  /\ born' = born + 1
  /\ ready' = [ready EXCEPT ![FALSE] = @ + 1]
  /\ IF Break = "pushThenCount"
       THEN owed' = Append(owed, w) /\ UNCHANGED starts
       ELSE Start(TaskCell(w)) /\ UNCHANGED owed
  /\ UNCHANGED <<phase, stopped, run, turnstile, refused, work, guards, ends, values, monitor, close>>

Lease(w) ==  \* LeasePool.take
  /\ run[w] = "task" /\ LeasesOpen < MaxLeases
  /\ run' = [run EXCEPT ![w] = "leasing"]
  /\ UNCHANGED <<phase, stopped, born, ready, turnstile, refused, work, guards, counts, values, monitor, close>>

LeaseEnds(w) ==  \* LeasePool.giveBack, or retire at the end of a task that forgot it
  /\ run[w] \in {"leasing", "outlived"}
  /\ run' = [run EXCEPT ![w] = IF run[w] = "leasing" THEN "task" ELSE "nothing"]
  /\ UNCHANGED <<phase, stopped, born, ready, turnstile, refused, work, guards, counts, values, monitor, close>>

TaskEnds(w) ==  \* VirtualTask.run: its leases first, then Ledger.ended
  /\ run[w] = "task" \/ (Break = "leaseOutlivesTask" /\ run[w] = "leasing")
  /\ run' = [run EXCEPT ![w] = IF run[w] = "leasing" THEN "outlived" ELSE "nothing"]
  /\ End(TaskCell(w))
  /\ UNCHANGED <<phase, stopped, born, ready, turnstile, refused, work, guards, starts, owed, values, monitor, close>>

Pay ==  \* a start that is counted too late
  /\ owed # <<>>
  /\ Start(TaskCell(Head(owed))) /\ owed' = Tail(owed)
  /\ UNCHANGED <<phase, stopped, tasks, work, guards, ends, values, monitor, close>>

-----------------------------------------------------------------------------
\* Blocking jobs: BlockingPool, under whose lock each of these is.

CountsAtOnce == Break \notin {"jobCountedWhenTaken", "jobCheckedThenCounted"}

Submitter(by, w) ==  \* who hands it in does nothing else until it is in
  CASE by = "task" -> run[w] = "task" /\ run' = [run EXCEPT ![w] = "submitting"] /\ UNCHANGED jobs
    [] by = "job" -> jobs.running > 0 /\ jobs' = [jobs EXCEPT !.running = @ - 1] /\ UNCHANGED run
    [] OTHER -> UNCHANGED <<run, jobs>>

Submit(by, w) ==  \* submit: started++
  /\ pool = None /\ submitted < MaxJobs
  /\ submitted' = submitted + 1
  /\ pool' = [by |-> by, worker |-> IF by = "task" THEN w ELSE None, verdict |-> "open"]
  /\ Submitter(by, w)
  /\ IF CountsAtOnce THEN Start(PoolCell) ELSE UNCHANGED starts
  /\ UNCHANGED <<phase, stopped, born, ready, turnstile, refused, guards, ends, owed, values, monitor, close>>

SubmitCheck ==  \* admitted: reads Closer.phase
  /\ pool # None /\ pool.verdict = "open"
  /\ pool' = [pool EXCEPT !.verdict = IF May(pool.by # "outside") THEN "yes" ELSE "no"]
  /\ UNCHANGED <<phase, stopped, tasks, submitted, jobs, guards, counts, values, monitor, close>>

SubmitEnds ==  \* queue.addLast, or ended++; lock.unlock
  /\ pool # None /\ pool.verdict # "open"
  /\ pool' = None
  /\ LET back == IF pool.by = "job" THEN 1 ELSE 0
         in == IF pool.verdict = "yes" THEN 1 ELSE 0
     IN jobs' = [queued |-> jobs.queued + in, running |-> jobs.running + back]
  /\ run' = IF pool.by = "task" THEN [run EXCEPT ![pool.worker] = "task"] ELSE run
  /\ IF pool.verdict = "no" /\ CountsAtOnce THEN End(PoolCell) ELSE UNCHANGED ends
  /\ IF pool.verdict = "yes" /\ Break = "jobCheckedThenCounted" THEN Start(PoolCell) ELSE UNCHANGED starts
  /\ UNCHANGED <<phase, stopped, born, ready, turnstile, refused, submitted, guards, owed, values, monitor, close>>

JobBegins ==  \* take
  /\ pool = None /\ jobs.queued > 0
  /\ jobs' = [queued |-> jobs.queued - 1, running |-> jobs.running + 1]
  /\ IF Break = "jobCountedWhenTaken" THEN Start(PoolCell) ELSE UNCHANGED starts
  /\ UNCHANGED <<phase, stopped, tasks, submitted, pool, guards, ends, owed, values, monitor, close>>

JobEnds ==  \* done: ended++
  /\ pool = None /\ jobs.running > 0
  /\ jobs' = [jobs EXCEPT !.running = @ - 1]
  /\ End(PoolCell)
  /\ UNCHANGED <<phase, stopped, tasks, submitted, pool, guards, starts, owed, values, monitor, close>>

NoThread ==  \* startThread: none can be started for a job, and none is there
  /\ pool = None /\ jobs.queued > 0
  /\ jobs' = [jobs EXCEPT !.queued = @ - 1]
  /\ End(PoolCell)
  /\ UNCHANGED <<phase, stopped, tasks, submitted, pool, guards, starts, owed, values, monitor, close>>

-----------------------------------------------------------------------------
\* Guards: GuardPlace. Opened in tasks and jobs, closed by anybody. A call that nobody waits for is counted as
\* one (WorkerOwner.callPosted): so what is counted may start tasks too, see OutsideEnter.

GuardOpens(w) ==  \* open: at the slot's spot if that is free, else counted; WorkerOwner.guardOpened
  /\ run[w] \in {"task", "leasing"} /\ opened < MaxGuards
  /\ opened' = opened + 1
  /\ \/ ~spot[w] /\ spot' = [spot EXCEPT ![w] = TRUE] /\ UNCHANGED <<counted, starts>>
     \/ counted' = counted + 1 /\ Start(GuardCell(w)) /\ UNCHANGED spot
  /\ UNCHANGED <<phase, stopped, tasks, work, ends, owed, values, monitor, close>>

GuardOpensOutside ==  \* Ledger.guardOpenedOutside, in a job
  /\ jobs.running > 0 /\ opened < MaxGuards
  /\ opened' = opened + 1
  /\ counted' = counted + 1
  /\ IF Break = "guardOfJobNotCounted" THEN UNCHANGED starts ELSE Start(GuardCell(Outside))
  /\ UNCHANGED <<phase, stopped, tasks, work, spot, ends, owed, values, monitor, close>>

SpotCloses(w) ==  \* close, closeElsewhere: by any thread, and nothing is counted
  /\ spot[w]
  /\ spot' = [spot EXCEPT ![w] = FALSE]
  /\ UNCHANGED <<phase, stopped, tasks, work, opened, counted, counts, values, monitor, close>>

GuardCloses(c) ==  \* closeElsewhere: guardClosed where it is closed, or guardClosedOutside
  /\ counted > 0
  /\ IF c = Outside THEN TRUE ELSE worker[c] = "works"  \* by a task, or by a call on its own thread
  /\ counted' = counted - 1
  /\ End(GuardCell(c))
  /\ UNCHANGED <<phase, stopped, tasks, work, opened, spot, starts, owed, values, monitor, close>>

-----------------------------------------------------------------------------
\* Those who close: Closer.shutdown. A thread that came to its deadline may call again.

Raise(to) == phase' = IF phase < to THEN to ELSE phase

CloseBegins ==  \* begin
  /\ close \in {"calls", "gaveUp"}
  /\ close' = "waits"
  /\ Raise(Draining)
  /\ UNCHANGED <<stopped, tasks, work, guards, counts, values, monitor>>

CancelBegins ==  \* the drain deadline, shutdownNow, an interrupt of who waits
  /\ phase = Draining
  /\ phase' = Cancelling
  /\ UNCHANGED <<stopped, tasks, work, guards, counts, values, monitor, close>>

CloseGivesUp ==  \* its last deadline: the wait ends, and no phase does
  /\ close = "waits" /\ phase # Terminated
  /\ Break = "deadlineWaitsForHolders" => Holders = 0
  /\ Break = "noDeadlineForDestructors" => phase < Quiescent
  /\ close' = "gaveUp"
  /\ IF Break = "phaseGoesBack" THEN phase' = Cancelling ELSE Raise(Cancelling)
  /\ monitor' = IF Break = "destroysAtDeadline" /\ monitor.pc \in {"idle", "looks"}
                  THEN [Idle EXCEPT !.pc = "barrier"]
                ELSE IF Break = "abandonsAtDeadline" /\ monitor.pc \in {"idle", "looks"}
                  THEN [Idle EXCEPT !.pc = "ended"]
                ELSE monitor
  /\ UNCHANGED <<stopped, tasks, work, guards, counts, values>>

CloseReturns ==  \* phase == TERMINATED, then Uninterruptibly.join(thread)
  /\ close = "waits" /\ phase = Terminated
  /\ monitor.pc = "ended" \/ Break = "returnsBeforeThreadEnds"
  /\ close' = "returned"
  /\ UNCHANGED <<phase, stopped, tasks, work, guards, counts, values, monitor>>

-----------------------------------------------------------------------------
\* The closing thread: Closer.watch.

SpareStarts(w) ==  \* Workforce.look, between two looks at the counts: by this thread alone
  /\ worker[w] = "unstarted" /\ ~stopped
  /\ monitor.pc = "idle" \/ (Break = "sparesByOthers" /\ monitor.pc = "looks")
  /\ phase < Quiescent
  /\ worker' = [worker EXCEPT ![w] = "works"]
  /\ UNCHANGED <<phase, stopped, tasks, work, guards, counts, stack, made, doing, gone, faults, monitor, close>>

Drain ==  \* interruptAll: BlockingPool.drainQueued
  /\ monitor.pc = "idle" /\ phase = Cancelling /\ pool = None /\ jobs.queued > 0
  /\ jobs' = [jobs EXCEPT !.queued = 0]
  /\ ends' = IF Break = "drainedStayCounted" THEN ends ELSE [ends EXCEPT ![PoolCell] = @ + jobs.queued]
  /\ UNCHANGED <<phase, stopped, tasks, submitted, pool, guards, starts, owed, values, monitor, close>>

\* Ledger.alive: in this order, one step each, and what one step looks at one after the other.
Look ==
  LET ended == <<"endsOutside", "endsPool", "endsWorkers">>
      started == <<"startsOutside", "startsPool", "startsWorkers">>
      pass == IF Break = "turnstileNotPassed" THEN <<>> ELSE <<"pass">>
  IN CASE Break = "startsFirst" -> pass \o started \o ended \o <<"spots">>
       [] Break = "spotsFirst" -> <<"spots">> \o ended \o pass \o started
       [] Break = "tasksThenGuards" -> <<"endsTasks", "endsPool", "pass", "startsTasks", "startsPool", "endsGuards", "startsGuards", "spots">>
       [] OTHER -> ended \o pass \o started \o <<"spots">>

EndsSteps == {"endsOutside", "endsPool", "endsWorkers", "endsTasks", "endsGuards"}
StartsSteps == {"startsOutside", "startsPool", "startsWorkers", "startsTasks", "startsGuards"}

\* What a step looks at, where some workers have been started: cells, turnstiles, or the workers' spots.
Seen(step, started) ==
  CASE step = "endsOutside" -> CellsOf({Outside})
    [] step = "startsOutside" -> TurnstileCells \cup {GuardCell(Outside)}
    [] step \in {"endsPool", "startsPool"} -> {PoolCell}
    [] step \in {"endsWorkers", "startsWorkers"} -> CellsOf(started)
    [] step = "endsTasks" -> {TaskCell(at): at \in started \cup {Outside}}
    [] step = "startsTasks" -> {TaskCell(at): at \in started} \cup TurnstileCells
    [] step \in {"endsGuards", "startsGuards"} -> {GuardCell(at): at \in started \cup {Outside}}
    [] step = "pass" -> Turnstiles
    [] step = "spots" -> started

LookBegins ==  \* step, while DRAINING or CANCELLING
  /\ monitor.pc = "idle" /\ phase \in {Draining, Cancelling}
  /\ monitor' = [pc |-> "looks", at |-> 1, workers |-> Started, diff |-> 0, left |-> Seen(Look[1], Started)]
  /\ UNCHANGED <<phase, stopped, tasks, work, guards, counts, values, close>>

\* Those of a step that may come next: of one worker, tasks before guards.
NextSeen == {x \in monitor.left: x \notin Cells \/ x[2] # "guards" \/ TaskCell(x[1]) \notin monitor.left}

LookGoesOn ==
  /\ monitor.pc = "looks"
  /\ \E x \in NextSeen:
       LET step == Look[monitor.at]
           left == IF Break = "passesOneTurnstile" /\ step = "pass" THEN {} ELSE monitor.left \ {x}
           diff == CASE step \in EndsSteps -> monitor.diff - ends[x]
                     [] step \in StartsSteps -> monitor.diff + starts[x]
                     [] step = "spots" -> monitor.diff + (IF spot[x] THEN 1 ELSE 0)
                     [] OTHER -> monitor.diff
           next == monitor.at + 1
       IN /\ step = "pass" => turnstile[x] = None  \* Turnstile.pass
          /\ monitor' =
               IF left # {} THEN [monitor EXCEPT !.left = left, !.diff = diff]
               ELSE IF next <= Len(Look)
                 THEN [monitor EXCEPT !.at = next, !.diff = diff, !.left = Seen(Look[next], monitor.workers)]
               ELSE IF diff = 0 THEN [Idle EXCEPT !.pc = "barrier"]
               ELSE Idle
  /\ UNCHANGED <<phase, stopped, tasks, work, guards, counts, values, close>>

Moves(from, to) == monitor.pc = from /\ monitor' = [Idle EXCEPT !.pc = to]

Barrier ==  \* finish: enter(QUIESCENT). The counts are read no more, and forgotten here
  /\ Moves("barrier", "destroys")
  /\ Raise(Quiescent)
  /\ starts' = [c \in Cells |-> 0] /\ ends' = [c \in Cells |-> 0]
  /\ UNCHANGED <<stopped, tasks, work, guards, owed, values, close>>

DestroyBegins ==  \* enter(DESTROYING)
  /\ Moves("destroys", "stops")
  /\ Raise(Destroying)
  /\ UNCHANGED <<stopped, tasks, work, guards, counts, values, close>>

Stop ==  \* Workforce.stop
  /\ Moves("stops", IF Break = "terminatedBeforeJoin" THEN "joined" ELSE "joins")
  /\ stopped' = TRUE
  /\ UNCHANGED <<phase, tasks, work, guards, counts, values, close>>

Join ==  \* Here.awaitEnd of each thread
  /\ \A w \in Started: worker[w] = "ended"
  /\ Moves("joins", "joined")
  /\ UNCHANGED <<phase, stopped, tasks, work, guards, counts, values, close>>

Terminate ==  \* enter(TERMINATED)
  /\ Moves("joined", "terminated")
  /\ Raise(Terminated)
  /\ UNCHANGED <<stopped, tasks, work, guards, counts, values, close>>

MonitorEnds ==  \* watch returns, and the thread ends
  /\ Moves("terminated", "ended")
  /\ UNCHANGED <<phase, stopped, tasks, work, guards, counts, values, close>>

-----------------------------------------------------------------------------
\* Values, on their workers: Owner.destroyAll.

StopSeen(w) ==  \* Worker: nothing to run, and stopped
  /\ worker[w] = "works" /\ run[w] = "nothing"
  /\ stopped \/ (Break = "workersEndOneByOne" /\ phase >= Draining /\ ready = [b \in BOOLEAN |-> 0])
  /\ worker' = [worker EXCEPT ![w] = "destroys"]
  /\ UNCHANGED <<phase, stopped, tasks, work, guards, counts, stack, made, doing, gone, faults, monitor, close>>

RemoveAt(s, i) == SubSeq(s, 1, i - 1) \o SubSeq(s, i + 1, Len(s))

\* The destructor of the value at a place of a worker's stack begins, on a thread.
Destroy(w, at, thread) ==
  LET v == stack[w][at]
      wrong == (IF thread # w THEN {"thread"} ELSE {})
                 \cup (IF v \in gone[w] THEN {"twice"} ELSE {})
                 \cup (IF \E i \in DOMAIN stack[w]: stack[w][i] > v THEN {"order"} ELSE {})
  IN /\ doing' = [doing EXCEPT ![w] = v]
     /\ faults' = faults \cup wrong
     /\ stack' = IF Break = "staysOnStack" /\ v \notin gone[w] THEN stack
                 ELSE [stack EXCEPT ![w] = RemoveAt(@, at)]

DestructorBegins(w) ==
  /\ worker[w] = "destroys" /\ doing[w] = None /\ stack[w] # <<>>
  /\ Destroy(w, IF Break = "oldestFirst" THEN 1 ELSE Len(stack[w]), w)
  /\ UNCHANGED <<phase, stopped, tasks, work, guards, counts, worker, made, gone, monitor, close>>

DestructorByOther(w) ==  \* the closing thread does it for a worker that is slow
  /\ Break = "destroysForOther" /\ monitor.pc = "joins"
  /\ worker[w] = "works" /\ doing[w] = None /\ stack[w] # <<>>
  /\ Destroy(w, Len(stack[w]), "monitor")
  /\ UNCHANGED <<phase, stopped, tasks, work, guards, counts, worker, made, gone, monitor, close>>

DestructorMakes(w) ==  \* the first value of another local: destroyed next
  /\ doing[w] # None /\ made[w] < MaxValues
  /\ made' = [made EXCEPT ![w] = @ + 1]
  /\ stack' = [stack EXCEPT ![w] = Append(@, made[w] + 1)]
  /\ UNCHANGED <<phase, stopped, tasks, work, guards, counts, worker, doing, gone, faults, monitor, close>>

DestructorEnds(w) ==
  /\ doing[w] # None
  /\ gone' = [gone EXCEPT ![w] = @ \cup {doing[w]}]
  /\ doing' = [doing EXCEPT ![w] = None]
  /\ UNCHANGED <<phase, stopped, tasks, work, guards, counts, worker, stack, made, faults, monitor, close>>

WorkerEnds(w) ==
  /\ worker[w] = "destroys" /\ doing[w] = None
  /\ stack[w] = <<>> \/ (Break = "leavesOne" /\ Len(stack[w]) = 1)
  /\ worker' = [worker EXCEPT ![w] = "ended"]
  /\ UNCHANGED <<phase, stopped, tasks, work, guards, counts, stack, made, doing, gone, faults, monitor, close>>

-----------------------------------------------------------------------------
Turnstile == OutsideTakeBack \/ \E s \in Turnstiles: OutsideShow(s) \/ OutsideCheck(s) \/ OutsideLeave(s)
TurnstileEntered == \E s \in Turnstiles, by \in {"outside", "job", "call"}: OutsideEnter(s, by)
Submitting == SubmitCheck \/ SubmitEnds
Submitted == \E w \in Workers: Submit("task", w)
JobSubmitted == Submit("job", None) \/ Submit("outside", None)
Mounted == \E w \in Workers, b \in BOOLEAN: Mount(w, b)
Monitor == Drain \/ LookBegins \/ LookGoesOn \/ Barrier \/ DestroyBegins \/ Stop \/ Join \/ Terminate \/ MonitorEnds
Destruction == \E w \in Workers: StopSeen(w) \/ DestructorBegins(w) \/ DestructorEnds(w) \/ WorkerEnds(w)

SomeTaskEnds == \E w \in Workers: TaskEnds(w)
SomeLeaseEnds == \E w \in Workers: LeaseEnds(w)
SomeGuardCloses == \E w \in Workers: SpotCloses(w) \/ GuardCloses(Outside)

Next ==
  \/ TurnstileEntered \/ Turnstile \/ Mounted
  \/ \E w \in Workers:
       \/ Suspend(w) \/ Spawn(w) \/ Lease(w) \/ GuardOpens(w) \/ GuardCloses(w)
       \/ SpareStarts(w) \/ DestructorMakes(w) \/ DestructorByOther(w)
  \/ SomeTaskEnds \/ SomeLeaseEnds \/ SomeGuardCloses \/ GuardOpensOutside
  \/ Pay
  \/ Submitted \/ JobSubmitted \/ Submitting \/ JobBegins \/ JobEnds \/ NoThread
  \/ CloseBegins \/ CancelBegins \/ CloseGivesUp \/ CloseReturns
  \/ Monitor \/ Destruction

Spec == Init /\ [][Next]_vars

\* The machinery goes on; who waits in a close comes to its deadline or to the end.
Machinery ==
  /\ WF_vars(Turnstile) /\ WF_vars(Submitting) /\ WF_vars(Pay)
  /\ WF_vars(Monitor)
  /\ WF_vars(CloseGivesUp \/ CloseReturns)
\* Users' code comes to its ends, destructors included.
HoldersEnd ==
  /\ WF_vars(Destruction)
  /\ WF_vars(Mounted) /\ SF_vars(SomeTaskEnds) /\ SF_vars(SomeLeaseEnds)
  /\ WF_vars(SomeGuardCloses) /\ SF_vars(JobBegins) /\ SF_vars(JobEnds)

FairSpec == Spec /\ Machinery /\ HoldersEnd
MachinerySpec == Spec /\ Machinery

-----------------------------------------------------------------------------
\* What holds.

\* G1: no destructor runs, or has run, while anybody is alive. A lease counts with its task.
G1 == (\E w \in Workers: doing[w] # None \/ gone[w] # {}) => Holders = 0

\* Behind the barrier nobody is alive, and nobody comes to life.
NobodyBehindTheBarrier == phase >= Quiescent => Holders = 0

\* G2: once, on the owner, last made first; and all of them, when the runtime has terminated.
G2 ==
  /\ faults = {}
  /\ phase = Terminated => \A w \in Workers: gone[w] = 1..made[w]

\* G5: a close that returns with TERMINATED finds all destroyed and all threads ended.
G5 ==
  close = "returned" =>
    /\ phase = Terminated /\ monitor.pc = "ended"
    /\ \A w \in Started: worker[w] = "ended" /\ stack[w] = <<>> /\ doing[w] = None

\* Who is alive may start more, in every phase that it can see.
LiveMayStart ==
  /\ \A s \in Inside: ~(turnstile[s].by # "outside" /\ turnstile[s].verdict = "no")
  /\ pool # None => ~(pool.by # "outside" /\ pool.verdict = "no")

\* A look never finds more ends than starts, once it has seen both.
NeverBelowZero == monitor.pc = "looks" /\ monitor.at = Len(Look) => monitor.diff >= 0

PhasesGoForward == [][phase' >= phase]_phase

\* G5: a close that has begun returns, whatever holders and destructors do.
EveryCloseReturns == close = "waits" ~> close # "waits"

\* If the holders end, the runtime does, also when nobody waits for it any more.
Terminates == phase = Draining ~> phase = Terminated

-----------------------------------------------------------------------------
\* How the checker is spared work.

Symmetry == Permutations(Workers) \cup Permutations(Turnstiles)

\* The cells of which the look that goes on has still to read the ends, or the starts.
Unread(steps) ==
  IF monitor.pc # "looks" THEN Cells
  ELSE UNION {IF Look[i] \notin steps THEN {} ELSE IF i = monitor.at THEN monitor.left ELSE Seen(Look[i], monitor.workers):
              i \in monitor.at..Len(Look)}

\* What the look would find if nothing were counted from here on.
Due == monitor.diff + Sum(starts, Unread(StartsSteps)) - Sum(ends, Unread(EndsSteps))

\* Two states that differ in nothing else than in how these sums are made up go on alike: a start or
\* end that comes changes the sums by whether its cell was read. So one of them is enough. Not for
\* the properties of liveness.
View == <<phase, stopped, tasks, work, guards, values, owed, close,
          monitor.pc, monitor.at, monitor.left, monitor.workers, Due, Sum(starts, Cells) - Sum(ends, Cells)>>
=============================================================================
