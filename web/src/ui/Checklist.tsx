import { Link } from "@tanstack/react-router";
import CircleCheck from "lucide-react/icons/circle-check";
import CircleDashed from "lucide-react/icons/circle-dashed";
import X from "lucide-react/icons/x";
import type { ReactNode } from "react";
import { t } from "@/messages";
import { IconButton } from "./Button";

export interface ChecklistStep {
  id: string;
  label: string;
  hint?: string;
  done: boolean;
  /** Where the step is taken: a path of the app, or something to do at once. */
  to?: string;
  run?: () => void;
}

/** First steps that tick themselves: `done` comes from the data, never from a click. */
export function Checklist({
  title,
  steps,
  onDismiss,
}: {
  title: string;
  steps: readonly ChecklistStep[];
  onDismiss: () => void;
}): ReactNode {
  const done = steps.filter((s) => s.done).length;
  return (
    <section aria-label={title} className="w-full max-w-md rounded-lg border bg-bg text-start">
      <header className="flex items-center gap-3 py-2 ps-4 pe-2">
        <h2 className="font-semibold">{title}</h2>
        <span className="tabular text-sm text-faint">
          {t("ui.progress", { done, total: steps.length })}
        </span>
        <IconButton icon={X} label={t("ui.dismiss")} onClick={onDismiss} className="ms-auto" />
      </header>
      <div className="mx-4 h-0.5 overflow-hidden rounded-full bg-neutral-tint">
        <div
          className="h-full bg-accent transition-[inline-size]"
          style={{ inlineSize: `${(done / Math.max(1, steps.length)) * 100}%` }}
        />
      </div>
      <ol className="p-2">
        {steps.map((step) => (
          <li key={step.id}>
            <Step step={step} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Step({ step }: { step: ChecklistStep }): ReactNode {
  const look = "flex w-full items-start gap-2.5 rounded-md px-2 py-1.5 text-start";
  const content = (
    <>
      {step.done ? (
        <CircleCheck size={16} aria-hidden className="mt-0.5 shrink-0 text-success" />
      ) : (
        <CircleDashed size={16} aria-hidden className="mt-0.5 shrink-0 text-faint" />
      )}
      <span>
        <span className={step.done ? "text-muted" : "font-medium"}>{step.label}</span>
        {step.done && <span className="sr-only"> ({t("ui.stepDone")})</span>}
        {!step.done && step.hint && <span className="block text-sm text-muted">{step.hint}</span>}
      </span>
    </>
  );
  if (!step.done && step.to) {
    return (
      <Link to={step.to} className={`${look} hover:bg-hover`}>
        {content}
      </Link>
    );
  }
  if (!step.done && step.run) {
    return (
      <button type="button" onClick={step.run} className={`${look} hover:bg-hover`}>
        {content}
      </button>
    );
  }
  return <div className={look}>{content}</div>;
}
