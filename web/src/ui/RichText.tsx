import { lazy, type ReactNode, type Ref, Suspense } from "react";
import { Skeleton } from "./states";

export interface MentionPerson {
  id: string;
  label: string;
}

/** What a screen may do to an editor from outside: insert a macro, clear after sending. */
export interface RichTextHandle {
  focus(): void;
  insertHtml(html: string): void;
  setHtml(html: string): void;
  clear(): void;
}

export interface RichTextProps {
  /** The field's name for screen readers. */
  label: string;
  placeholder?: string;
  initialHtml?: string;
  onChange: (value: { html: string; text: string; isEmpty: boolean }) => void;
  /** Ctrl-Enter. */
  onSubmit?: () => void;
  /** Files that were pasted or dropped. */
  onFiles?: (files: File[]) => void;
  /** People who can be mentioned with @; without it there are no mentions. */
  findPeople?: (query: string) => Promise<MentionPerson[]>;
  /** Stands at the end of the tool bar: attach, send. */
  tools?: ReactNode;
  className?: string;
  handle?: Ref<RichTextHandle>;
}

const Editor = lazy(() => import("./RichTextEditor"));

/** The rich-text composer. The editor itself is fetched when the first one is shown. */
export function RichText(props: RichTextProps): ReactNode {
  return (
    <Suspense
      fallback={
        <div className="flex min-h-28 flex-col gap-2 p-3">
          <Skeleton className="w-1/2" />
          <Skeleton className="w-1/3" />
        </div>
      }
    >
      <Editor {...props} />
    </Suspense>
  );
}
