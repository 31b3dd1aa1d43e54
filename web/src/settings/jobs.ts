import { fill } from "@/messages";
import { en } from "@/messages/en";
import { type Job, type JobState, jobStates } from "./types";

/** What the list shows: one state, or all. */
export type Shown = JobState | "all";

/** What the address asks for. Without a word it is what failed: that waits for somebody. */
export function shownBy(state: string | undefined): Shown {
  if (state === "all") return "all";
  return jobStates.find((known) => known === state) ?? "dead";
}

/** What a job does, in words; a kind that is not known here as it stands. */
export function jobName(kind: string): string {
  const key = `settings.jobs.kind.${kind}`;
  if (key in en) return fill(en[key as keyof typeof en], {});
  const text = kind.replaceAll("_", " ").replace(".", ": ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A job's state as one of the statuses that have a mark. */
export function lookOf(state: JobState): string {
  return {
    dead: "failed",
    queued: "queued",
    running: "processing",
    done: "completed",
    cancelled: "cancelled",
  }[state];
}

/** Its numbers are worth a bar: it is at work and tells how much there is. */
export function isCounted(job: Job): boolean {
  return job.total > 0 && job.state === "running";
}
