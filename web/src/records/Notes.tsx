import { useQuery, useQueryClient } from "@tanstack/react-query";
import Pencil from "lucide-react/icons/pencil";
import StickyNote from "lucide-react/icons/sticky-note";
import Trash from "lucide-react/icons/trash-2";
import { type KeyboardEvent, type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { useCan, useSession } from "@/api/session";
import { randomId } from "@/lib/id";
import { t } from "@/messages";
import { Avatar } from "@/ui/Avatar";
import { Button, IconButton } from "@/ui/Button";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";
import { toast } from "@/ui/toast";
import { Time } from "@/ui/values";
import { call, type Params } from "./wire";

interface Note {
  id: string;
  authorId: string;
  /** A name, or an id with a name. */
  author: string | { name: string } | null;
  body: string;
  createdAt: string;
  updatedAt: string;
  /** Shown, but not yet known to the server. */
  isNew?: boolean;
}

/** A note's author as text, whichever way the API states it. */
function authorOf(note: Note): string {
  const name = typeof note.author === "string" ? note.author : note.author?.name;
  return name || t("records.somebody");
}

/** What colleagues wrote about a record. Customers never see it. */
export function Notes({
  resource,
  id,
  compact = false,
}: {
  resource: "customers" | "orders";
  id: string;
  compact?: boolean;
}): ReactNode {
  const can = useCan();
  const { user } = useSession();
  const queries = useQueryClient();
  const path = `/${resource}/${id}/notes`;
  const key = keys.part(resource, id, "notes");
  // An order's few notes come without pages.
  const query: Params = resource === "customers" ? { limit: "200" } : {};
  const notes = useQuery({
    queryKey: key,
    queryFn: async ({ signal }) =>
      (await call<{ data: Note[] }>("GET", path, { query, signal })).data,
  });

  /** Shows the change, sends it, and takes it back when it is refused. */
  const change = async (show: (old: Note[]) => Note[], send: () => Promise<unknown>) => {
    if (queries.isFetching({ queryKey: key }) > 0) await queries.cancelQueries({ queryKey: key });
    const before = queries.getQueryData<Note[]>(key) ?? [];
    queries.setQueryData<Note[]>(key, show(before));
    try {
      await send();
    } catch (error) {
      queries.setQueryData<Note[]>(key, before);
      toast.failed(t("records.notSaved"), error);
      throw error;
    } finally {
      void queries.invalidateQueries({ queryKey: key });
    }
  };
  const add = (body: string) => {
    const now = new Date().toISOString();
    const note: Note = {
      id: randomId(),
      authorId: user.id,
      author: user.name,
      body,
      createdAt: now,
      updatedAt: now,
      isNew: true,
    };
    return change(
      (old) => [note, ...old],
      () => call("POST", path, { body: { body } }),
    );
  };
  const edit = (note: Note, body: string) =>
    change(
      (old) => old.map((n) => (n.id === note.id ? { ...n, body } : n)),
      () => call("PATCH", `${path}/${note.id}`, { body: { body } }),
    );
  const remove = (note: Note) => {
    change(
      (old) => old.filter((n) => n.id !== note.id),
      () => call("DELETE", `${path}/${note.id}`),
    ).then(
      () =>
        toast.undo(t("records.noteDeleted"), () => {
          add(note.body).catch(() => undefined);
        }),
      () => undefined,
    );
  };

  return (
    <div className={compact ? "flex flex-col gap-2" : "mx-auto flex max-w-2xl flex-col gap-4 p-4"}>
      {can("notes:create") && <NoteForm label={t("records.newNote")} onSubmit={add} />}
      {notes.isPending ? (
        <SkeletonRows rows={3} />
      ) : notes.isError && !notes.data ? (
        <FailedState error={notes.error} onRetry={() => void notes.refetch()} />
      ) : notes.data.length === 0 ? (
        compact ? null : (
          <EmptyState icon={StickyNote} title={t("records.noNotes")}>
            {t("records.noNotesHint")}
          </EmptyState>
        )
      ) : (
        <ol aria-label={t("records.notes")} className="flex flex-col gap-2">
          {notes.data.map((note) => (
            <NoteItem
              key={note.id}
              note={note}
              canChange={
                !note.isNew &&
                (note.authorId === user.id ? can("notes:create") : can("notes:update"))
              }
              onEdit={(body) => edit(note, body)}
              onRemove={() => remove(note)}
            />
          ))}
        </ol>
      )}
    </div>
  );
}

function NoteItem({
  note,
  canChange,
  onEdit,
  onRemove,
}: {
  note: Note;
  canChange: boolean;
  onEdit: (body: string) => Promise<void>;
  onRemove: () => void;
}): ReactNode {
  const [editing, setEditing] = useState(false);
  const [draft, setDraft] = useState<string | null>(null);
  const author = authorOf(note);
  return (
    <li className="rounded-md bg-note px-3 py-2">
      <div className="flex min-h-6 items-center gap-2 text-sm">
        <Avatar name={author} size="small" />
        <span dir="auto" className="truncate font-medium">
          {author}
        </span>
        <span className="text-muted">
          {note.isNew ? t("records.saving") : <Time at={note.createdAt} />}
        </span>
        {note.updatedAt !== note.createdAt && (
          <span className="text-muted">{t("records.edited")}</span>
        )}
        {canChange && !editing && (
          <span className="ms-auto flex">
            <IconButton
              icon={Pencil}
              size="small"
              label={t("records.editNote")}
              onClick={() => setEditing(true)}
            />
            <IconButton
              icon={Trash}
              size="small"
              label={t("records.deleteNote")}
              onClick={onRemove}
            />
          </span>
        )}
      </div>
      {editing ? (
        <NoteForm
          label={t("records.editNote")}
          initial={draft ?? note.body}
          onCancel={() => {
            setDraft(null);
            setEditing(false);
          }}
          onSubmit={async (body) => {
            setEditing(false);
            try {
              await onEdit(body);
              setDraft(null);
            } catch {
              setDraft(body);
              setEditing(true);
            }
          }}
        />
      ) : (
        <p className="mt-1 whitespace-pre-line">
          <span dir="auto">{note.body}</span>
        </p>
      )}
    </li>
  );
}

function NoteForm({
  label,
  initial = "",
  onSubmit,
  onCancel,
}: {
  label: string;
  initial?: string;
  onSubmit: (body: string) => Promise<void>;
  onCancel?: () => void;
}): ReactNode {
  const [body, setBody] = useState(initial);
  const text = body.trim();
  const submit = () => {
    if (text === "") return;
    // The note is shown at once; the draft comes back if the server refuses.
    setBody("");
    onSubmit(text).catch(() => setBody(body));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && onCancel) {
      event.stopPropagation();
      onCancel();
    }
  };
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        aria-label={label}
        placeholder={label}
        rows={initial ? 4 : 2}
        dir="auto"
        maxLength={10_000}
        value={body}
        onChange={(event) => setBody(event.target.value)}
        onKeyDown={onKeyDown}
        className="control resize-y py-1"
      />
      {(text !== "" || onCancel) && (
        <div className="flex justify-end gap-2">
          {onCancel && (
            <Button look="quiet" size="small" onClick={onCancel}>
              {t("ui.cancel")}
            </Button>
          )}
          <Button type="submit" look="primary" size="small" keys="mod+enter" disabled={text === ""}>
            {t("records.saveNote")}
          </Button>
        </div>
      )}
    </form>
  );
}
