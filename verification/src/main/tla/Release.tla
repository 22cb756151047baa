------------------------------- MODULE Release -------------------------------
\* SPDX-License-Identifier: Apache-2.0
(***************************************************************************)
(* The release of a class loader beside a runtime that may shut down:      *)
(* LoaderRelease, Unloading, WorkerOwner.seal. The values are those of one *)
(* local of the loader, one on each worker. A task with a name is one of   *)
(* the loader's; the others' are only seen inside with(), which is on the  *)
(* worker, and by their guards, which anybody may hold. What it takes to   *)
(* reach the barrier is in Shutdown: here that is one step.                *)
(*                                                                         *)
(* The order of the steps is that of the code; Break chooses a wrong one.  *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, Sequences, TLC

CONSTANTS
  Workers,    \* symmetric
  Tasks,      \* of the loader; symmetric
  MaxGuards,  \* how many guards are opened in all
  None,
  Break       \* "nothing" for the real thing

VARIABLES
  task,       \* of each task: None, the worker in whose list it is, or "ended"
  untold,     \* of each task that is listed, and of which the release was not told yet: who starts it, the worker or "outside"
  has,        \* the workers whose values each task has got hold of, or was given
  on,         \* the task that each worker runs: None, one of the loader, or another's that is inside with()
  guard,      \* how many guards are open on each worker's value
  opened,     \* how many were opened so far
  making,     \* the workers on which a task has seen that the loader is not released, and is making the value
  value,      \* of each worker: "none", "live", "sealed", "gone"
  listed,     \* whether the value is on its worker's stack: to be destroyed at the barrier
  twice,      \* whether a destructor was run again
  released,   \* Origin.released
  stage,      \* Unloading.stage, and where in a look at the holders it is
  left,       \* the workers whose lists that look has not seen yet
  found,      \* whether it has found a holder
  before,     \* what was the number of starts when it began
  begun,      \* Unloading.starts
  errand,     \* what each worker was asked for, and whether it is done
  worker,     \* what each worker does
  barrier     \* whether the runtime's barrier was reached

vars == <<task, untold, has, on, guard, opened, making, value, listed, twice, released, stage, left, found, before, begun, errand, worker,
          barrier>>
tasks == <<task, untold, has, on, begun>>
guards == <<guard, opened>>
values == <<making, value, listed, twice>>
look == <<released, stage, left, found, before, errand>>
end == <<worker, barrier>>

Alive(t) == task[t] \in Workers

Init ==
  /\ task = [t \in Tasks |-> None] /\ untold = [t \in Tasks |-> None] /\ has = [t \in Tasks |-> {}] /\ on = [w \in Workers |-> None]
  /\ guard = [w \in Workers |-> 0] /\ opened = 0 /\ making = {}
  /\ value \in [Workers -> {"none", "live"}] /\ listed = [w \in Workers |-> value[w] = "live"] /\ twice = FALSE
  /\ released = FALSE /\ stage = "not begun" /\ left = {} /\ found = FALSE /\ before = 0 /\ begun = 0
  /\ errand = [w \in Workers |-> "none"]
  /\ worker = [w \in Workers |-> "works"] /\ barrier = FALSE

-----------------------------------------------------------------------------
\* Tasks of the loader.

\* TieredRuntime.started: listed and counted on a worker, then told to the release; who starts it can do nothing else
\* before, and the task is queued after that.
Told == IF released /\ Break # "startsNotCounted" THEN begun + 1 ELSE begun

Lists(t, w, by, given) ==
  /\ task[t] = None /\ untold[t] = None
  /\ untold' = [untold EXCEPT ![t] = by]
  /\ has' = [has EXCEPT ![t] = given]
  /\ IF Break = "toldFirst"
       THEN begun' = Told /\ UNCHANGED task
       ELSE task' = [task EXCEPT ![t] = w] /\ UNCHANGED begun

Starts(t, w) ==  \* by a task of another
  /\ ~barrier
  /\ Lists(t, w, "outside", {})
  /\ UNCHANGED <<on, guards, values, look, end>>

Busy(w) == w \in making \/ \E t \in Tasks: untold[t] = w

Spawns(w, t) ==  \* by one of the loader, which hands on what it has
  /\ on[w] \in Tasks /\ ~Busy(w)
  /\ Lists(t, w, w, has[on[w]])
  /\ UNCHANGED <<on, guards, values, look, end>>

Tells(t, w) ==  \* Releases.started
  /\ untold[t] # None /\ (untold[t] \in Workers => untold[t] = w)
  /\ untold' = [untold EXCEPT ![t] = None]
  /\ IF Break = "toldFirst"
       THEN task' = [task EXCEPT ![t] = w] /\ UNCHANGED begun
       ELSE begun' = Told /\ UNCHANGED task
  /\ UNCHANGED <<has, on, guards, values, look, end>>

Mounts(w, t) ==
  /\ worker[w] = "works" /\ on[w] = None /\ Alive(t) /\ untold[t] = None /\ \A x \in Workers: on[x] # t
  /\ on' = [on EXCEPT ![w] = t]
  /\ UNCHANGED <<task, untold, has, begun, guards, values, look, end>>

Suspends(w) ==
  /\ on[w] \in Tasks /\ ~Busy(w) /\ on' = [on EXCEPT ![w] = None]
  /\ UNCHANGED <<task, untold, has, begun, guards, values, look, end>>

Uses(w) ==  \* ref(), of a value that is there
  /\ on[w] \in Tasks /\ ~Busy(w) /\ value[w] = "live"
  /\ has' = [has EXCEPT ![on[w]] = @ \cup {w}]
  /\ UNCHANGED <<task, untold, on, begun, guards, values, look, end>>

UsesFirst(w) ==  \* ref(): the first use makes the value, unless the loader is being released
  /\ on[w] \in Tasks /\ ~Busy(w) /\ value[w] = "none" /\ ~released
  /\ making' = making \cup {w}
  /\ UNCHANGED <<tasks, guards, value, listed, twice, look, end>>

Makes(w) ==  \* which a release that begins meanwhile does not undo
  /\ w \in making
  /\ making' = making \ {w}
  /\ value' = [value EXCEPT ![w] = "live"] /\ listed' = [listed EXCEPT ![w] = TRUE]
  /\ has' = [has EXCEPT ![on[w]] = @ \cup {w}]
  /\ UNCHANGED <<task, untold, on, begun, guards, twice, look, end>>

TaskEnds(w) ==
  /\ on[w] \in Tasks /\ ~Busy(w)
  /\ task' = [task EXCEPT ![on[w]] = "ended"] /\ has' = [has EXCEPT ![on[w]] = {}]
  /\ on' = [on EXCEPT ![w] = None]
  /\ UNCHANGED <<untold, begun, guards, values, look, end>>

Enters(w) ==  \* with(), in a task of another: it stays on the worker until it leaves
  /\ worker[w] = "works" /\ on[w] = None /\ value[w] = "live" /\ ~barrier
  /\ on' = [on EXCEPT ![w] = "other"]
  /\ UNCHANGED <<task, untold, has, begun, guards, values, look, end>>

Leaves(w) ==
  /\ on[w] = "other" /\ on' = [on EXCEPT ![w] = None]
  /\ UNCHANGED <<task, untold, has, begun, guards, values, look, end>>

\* Guards, also of tasks of others, which take them between two errands.
GuardOpens(w) ==
  /\ worker[w] = "works" /\ value[w] = "live" /\ opened < MaxGuards /\ ~barrier
  /\ guard' = [guard EXCEPT ![w] = @ + 1] /\ opened' = opened + 1
  /\ UNCHANGED <<tasks, values, look, end>>

GuardCloses(w) ==
  /\ guard[w] > 0
  /\ guard' = [guard EXCEPT ![w] = @ - 1]
  /\ UNCHANGED <<tasks, opened, values, look, end>>

-----------------------------------------------------------------------------
\* The release: Unloading.step, by whoever waits for it.

Begins ==  \* Releases.of, Origin.release
  /\ stage = "not begun"
  /\ released' = TRUE /\ stage' = "seals"
  /\ UNCHANGED <<tasks, guards, values, left, found, before, errand, end>>

\* isHeld: the number of starts, then the lists one after the other, then the number again.
LookBegins ==
  /\ stage \in {"seals", "sealed"}
  /\ stage' = IF stage = "seals" THEN "seals, looks" ELSE "sealed, looks"
  /\ left' = Workers /\ found' = FALSE /\ before' = begun
  /\ UNCHANGED <<tasks, guards, values, released, errand, end>>

LookGoesOn(w) ==
  /\ stage \in {"seals, looks", "sealed, looks"} /\ w \in left
  /\ left' = left \ {w}
  /\ found' = (found \/ guard[w] > 0 \/ \E t \in Tasks: task[t] = w)
  /\ UNCHANGED <<tasks, guards, values, released, stage, before, errand, end>>

LookEnds ==
  /\ stage \in {"seals, looks", "sealed, looks"} /\ left = {}
  /\ LET held == found \/ begun # before IN
       stage' = CASE stage = "seals, looks" -> IF held THEN "seals" ELSE "asks for seals"
                  [] OTHER -> IF held THEN "sealed" ELSE "destroys"
  /\ found' = FALSE /\ before' = 0
  /\ UNCHANGED <<tasks, guards, values, released, left, errand, end>>

AsksForSeal(w) ==
  /\ stage = "asks for seals" /\ worker[w] # "ended" /\ errand[w] = "none"
  /\ errand' = [errand EXCEPT ![w] = "seal"]
  /\ UNCHANGED <<tasks, guards, values, released, stage, left, found, before, end>>

\* A worker that refuses has this begin again: whoever holds may have come after the look.
SealRefused ==
  /\ stage = "asks for seals" /\ \E w \in Workers: errand[w] = "refused"
  /\ stage' = "seals"
  /\ errand' = IF Break = "refusedForEver" THEN errand
               ELSE [w \in Workers |-> IF errand[w] = "refused" THEN "none" ELSE errand[w]]
  /\ UNCHANGED <<tasks, guards, values, released, left, found, before, end>>

AllSealed ==
  /\ stage = "asks for seals" /\ \A w \in Workers: errand[w] = "seal, done" \/ worker[w] = "ended"
  /\ stage' = IF Break = "noSecondLook" THEN "destroys" ELSE "sealed"
  /\ UNCHANGED <<tasks, guards, values, released, left, found, before, errand, end>>

AsksForDestruction(w) ==
  /\ stage = "destroys" /\ worker[w] # "ended" /\ errand[w] \notin {"destroy", "destroy, done"}
  /\ errand' = [errand EXCEPT ![w] = "destroy"]
  /\ UNCHANGED <<tasks, guards, values, released, stage, left, found, before, end>>

Done ==
  /\ stage = "destroys" /\ \A w \in Workers: errand[w] = "destroy, done" \/ worker[w] = "ended"
  /\ stage' = "done"
  /\ UNCHANGED <<tasks, guards, values, released, left, found, before, errand, end>>

\* The worker's own thread, between two tasks.
Runs(w) ==
  /\ worker[w] = "works" /\ (on[w] = None \/ Break = "errandBesideTask")
  /\ CASE errand[w] = "seal" ->
            IF guard[w] > 0 /\ Break # "sealsInSpiteOfGuards"
              THEN errand' = [errand EXCEPT ![w] = "refused"] /\ UNCHANGED values
              ELSE /\ errand' = [errand EXCEPT ![w] = "seal, done"]
                   /\ value' = [value EXCEPT ![w] = IF @ = "live" /\ Break # "sealsNothing" THEN "sealed" ELSE @]
                   /\ UNCHANGED <<making, listed, twice>>
       [] errand[w] = "destroy" ->
            /\ errand' = [errand EXCEPT ![w] = "destroy, done"]
            /\ IF listed[w]
                 THEN /\ value' = [value EXCEPT ![w] = "gone"]
                      /\ twice' = (twice \/ value[w] = "gone")
                      /\ listed' = [listed EXCEPT ![w] = Break = "staysListed"] /\ UNCHANGED making
                 ELSE UNCHANGED values
       [] OTHER -> FALSE
  /\ UNCHANGED <<tasks, guards, released, stage, left, found, before, end>>

-----------------------------------------------------------------------------
\* The runtime's own end.

Barrier ==
  /\ ~barrier /\ (\A t \in Tasks: ~Alive(t) /\ untold[t] = None) /\ \A w \in Workers: guard[w] = 0 /\ on[w] = None
  /\ barrier' = TRUE
  /\ UNCHANGED <<tasks, guards, values, look, worker>>

WorkerEnds(w) ==  \* destroyAll: what is on the stack, sealed or not
  /\ barrier /\ worker[w] = "works"
  /\ worker' = [worker EXCEPT ![w] = "ended"]
  /\ IF listed[w]
       THEN /\ value' = [value EXCEPT ![w] = "gone"] /\ listed' = [listed EXCEPT ![w] = FALSE]
            /\ twice' = (twice \/ value[w] = "gone") /\ UNCHANGED making
       ELSE UNCHANGED values
  /\ UNCHANGED <<tasks, guards, look, barrier>>

-----------------------------------------------------------------------------
ReleaseGoesOn ==
  \/ LookBegins \/ LookEnds \/ SealRefused \/ AllSealed \/ Done
  \/ \E w \in Workers: LookGoesOn(w) \/ AsksForSeal(w) \/ AsksForDestruction(w)

Next ==
  \/ \E t \in Tasks, w \in Workers: Starts(t, w) \/ Spawns(w, t) \/ Tells(t, w) \/ Mounts(w, t)
  \/ \E w \in Workers:
       \/ Suspends(w) \/ Uses(w) \/ UsesFirst(w) \/ Makes(w) \/ TaskEnds(w) \/ Enters(w) \/ Leaves(w) \/ GuardOpens(w) \/ GuardCloses(w)
       \/ Runs(w) \/ WorkerEnds(w)
  \/ Begins \/ ReleaseGoesOn \/ Barrier

Spec == Init /\ [][Next]_vars

FairSpec ==
  /\ Spec /\ WF_vars(ReleaseGoesOn)
  /\ \A w \in Workers:
       /\ SF_vars(Runs(w)) /\ WF_vars(WorkerEnds(w)) /\ WF_vars(GuardCloses(w)) /\ SF_vars(TaskEnds(w)) /\ WF_vars(Leaves(w))
       /\ WF_vars(Makes(w)) /\ \A t \in Tasks: SF_vars(Mounts(w, t)) /\ WF_vars(Tells(t, w))

-----------------------------------------------------------------------------
\* G1, for a loader: no value is destroyed under a guard, inside with(), or under a task of the loader
\* that has it.
G1 ==
  \A w \in Workers: value[w] = "gone" =>
    guard[w] = 0 /\ on[w] # "other" /\ \A t \in Tasks: Alive(t) => w \notin has[t]

\* Nobody loses what he holds by a guard or inside with() to a seal either.
HeldStaysInReach == \A w \in Workers: value[w] = "sealed" => guard[w] = 0 /\ on[w] # "other"

\* G2: once, whoever does it; and all, when the release is done or the workers have ended.
G2 ==
  /\ ~twice
  /\ \A w \in Workers: worker[w] = "ended" => value[w] \in {"none", "gone"}
  /\ stage = "done" => \A w \in Workers: value[w] \in {"none", "gone"}

\* A release that has begun comes to its end, if the holders do.
Completes == released ~> stage = "done"

Symmetry == Permutations(Workers) \cup Permutations(Tasks)
=============================================================================
