import { useQueryClient } from "@tanstack/react-query";
import ChevronDown from "lucide-react/icons/chevron-down";
import Paperclip from "lucide-react/icons/paperclip";
import X from "lucide-react/icons/x";
import {
  type DragEvent,
  type ReactNode,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { explain } from "@/api/errors";
import { keys } from "@/api/keys";
import { useSession } from "@/api/session";
import { cx } from "@/lib/cx";
import { formatBytes } from "@/lib/format";
import { randomId } from "@/lib/id";
import { useStore } from "@/lib/store";
import { t } from "@/messages";
import { Button, IconButton } from "@/ui/Button";
import { ChoiceRow } from "@/ui/ChoiceRow";
import { withinLimit } from "@/ui/FileDrop";
import { Menu, MenuItem, MenuLabel } from "@/ui/Menu";
import { StatusBadge } from "@/ui/marks";
import { RichText, type RichTextHandle } from "@/ui/RichText";
import { toast } from "@/ui/toast";
import { dropMessage, patchTicket, putMessage, restore } from "./cache";
import {
  type Compose,
  clearCompose,
  composeOf,
  flushCompose,
  keepCompose,
  restoreCompose,
  restored,
} from "./compose";
import { addHeld, holdSeconds } from "./held";
import { statusName } from "./names";
import { findPeople } from "./people";
import { countsKey } from "./queries";
import { write } from "./request";
import { mentionsIn } from "./thread";
import { type Attachment, isOpen, type Message, type Status, type Ticket } from "./types";
import { upload } from "./upload";

/** What keys and buttons outside may ask of the composer. */
export interface ComposerHandle {
  write(mode: "reply" | "note"): void;
  addFiles(files: File[]): void;
}

interface ComposerProps {
  ticket: Ticket;
  handle: Ref<ComposerHandle>;
  /** A reply or note is on its way, together with this status. */
  onSent: (status: Status | null) => void;
}

/** Where answers and notes are written. Begins with what was begun before. */
export function Composer(props: ComposerProps): ReactNode {
  const version = useStore(restored);
  const { id, draft } = props.ticket;
  return <Writing key={`${id} ${version}`} {...props} initial={composeOf(id, draft)} />;
}

interface Upload {
  key: string;
  name: string;
  size: number;
  /** How much has gone out, 0 to 1. */
  part: number;
  file: Attachment | null;
  problem: string;
  stop: AbortController;
}

function Writing({
  ticket,
  handle,
  onSent,
  initial,
}: ComposerProps & { initial: Compose }): ReactNode {
  const { user } = useSession();
  const queries = useQueryClient();
  const [internal, setInternal] = useState(initial.internal);
  const [value, setValue] = useState({ html: initial.html, isEmpty: initial.html === "" });
  const [uploads, setUploads] = useState<Upload[]>(() => initial.files.map(asUpload));
  const [over, setOver] = useState(false);
  const editor = useRef<RichTextHandle | null>(null);
  const wantsFocus = useRef(false);
  const takeEditor = useCallback((next: RichTextHandle | null) => {
    editor.current = next;
    if (!next || !wantsFocus.current) return;
    wantsFocus.current = false;
    // The editor is there before its view is.
    requestAnimationFrame(() => {
      const typed = catcher.current?.value ?? "";
      if (catcher.current) catcher.current.value = "";
      editor.current?.focus();
      if (typed) editor.current?.insertHtml(asHtml(typed));
    });
  }, []);
  /** Takes what is typed until the editor has come: those keys must not act as shortcuts. */
  const catcher = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const files = uploads.flatMap((u) => (u.file ? [u.file] : []));
  const isUploading = uploads.some((u) => !u.file && u.problem === "");
  const canSend = (!value.isEmpty || files.length > 0) && !isUploading;

  const keep = (next: Partial<Compose>) =>
    keepCompose(ticket.id, { internal, html: value.html, files, ...next });
  useEffect(() => {
    return () => flushCompose(ticket.id);
  }, [ticket.id]);

  const switchTo = (toNote: boolean) => {
    if (toNote === internal && editor.current) {
      editor.current.focus();
      return;
    }
    wantsFocus.current = true;
    catcher.current?.focus();
    if (toNote === internal) return;
    setInternal(toNote);
    keep({ internal: toNote });
  };
  useImperativeHandle(handle, () => ({
    write: (mode) => switchTo(mode === "note"),
    addFiles,
  }));

  function addFiles(chosen: File[]): void {
    for (const file of withinLimit(chosen)) {
      const one: Upload = {
        key: randomId(),
        name: file.name,
        size: file.size,
        part: 0,
        file: null,
        problem: "",
        stop: new AbortController(),
      };
      const change = (patch: Partial<Upload>) =>
        setUploads((all) => all.map((u) => (u.key === one.key ? { ...u, ...patch } : u)));
      setUploads((all) => [...all, one]);
      upload(ticket.id, file, (part) => change({ part }), one.stop.signal)
        .then((done) => change({ file: done, part: 1 }))
        .catch((error: unknown) => {
          if (!one.stop.signal.aborted) change({ problem: explain(error) });
        });
    }
  }
  const removeUpload = (gone: Upload) => {
    gone.stop.abort();
    setUploads((all) => all.filter((u) => u.key !== gone.key));
    if (gone.file) {
      keep({ files: files.filter((f) => f.id !== gone.file?.id) });
      // Nobody waits for this: the server sweeps away what is never used.
      write("DELETE", `/media/${gone.file.id}`).catch(() => undefined);
    }
  };

  const send = async (status: Status | null) => {
    if (!canSend) return;
    const compose: Compose = { internal, html: value.html, files };
    const temporary = `sending:${randomId()}`;
    const hold = internal ? 0 : holdSeconds;
    const statusBefore = status && status !== ticket.status ? ticket.status : null;
    putMessage(queries, ticket.id, standIn(temporary, compose, user));
    // A held reply moves the ticket when it goes out, not before.
    const before =
      statusBefore && hold === 0
        ? patchTicket(queries, ticket.id, { status: status ?? ticket.status }, user.id)
        : [];
    clearCompose(ticket.id);
    editor.current?.clear();
    setValue({ html: "", isEmpty: true });
    setUploads([]);
    onSent(statusBefore ? status : null);
    try {
      const { value: sent } = await write<Message>("POST", `/tickets/${ticket.id}/messages`, {
        html: compose.html,
        internal,
        attachments: files.map((f) => f.id),
        ...(internal ? { mentions: mentionsIn(compose.html) } : {}),
        holdSeconds: hold,
        ...(statusBefore ? { status } : {}),
      });
      if (!sent) return;
      putMessage(queries, ticket.id, sent, temporary);
      if (sent.state === "held") {
        addHeld({
          message: sent.id,
          ticket,
          until: Date.now() + hold * 1000,
          compose,
          status: statusBefore && status,
        });
      }
      void queries.invalidateQueries({ queryKey: keys.one("tickets", ticket.id), exact: true });
      void queries.invalidateQueries({ queryKey: keys.lists("tickets") });
      void queries.invalidateQueries({ queryKey: countsKey });
    } catch (error) {
      dropMessage(queries, ticket.id, temporary);
      restore(queries, before);
      restoreCompose(ticket.id, compose);
      toast.failed(t(internal ? "inbox.noteFailed" : "inbox.sendFailed"), error);
    }
  };

  const drag = (event: DragEvent, on: boolean) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    setOver(on);
  };
  const take = (event: DragEvent) => {
    if (event.defaultPrevented || event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    setOver(false);
    addFiles([...event.dataTransfer.files]);
  };
  return (
    <section
      aria-label={t("inbox.composer")}
      onDragOver={(event) => drag(event, true)}
      onDragLeave={(event) => drag(event, false)}
      onDrop={(event) => {
        setOver(false);
        take(event);
      }}
      // Before the editor, which has a use of its own for Escape. A list of people closes first.
      onKeyDownCapture={(event) => {
        if (event.key !== "Escape" || document.querySelector("[role=listbox]")) return;
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      }}
      className={cx(
        "relative flex max-h-[55%] shrink-0 flex-col border-t",
        internal && "bg-note",
        over && "bg-selected",
      )}
    >
      <div className="flex items-center gap-3 px-3 pt-2">
        <ChoiceRow
          label={t("inbox.mode")}
          size="small"
          value={internal ? "note" : "reply"}
          onChange={(mode) => switchTo(mode === "note")}
          options={[
            { value: "reply", label: t("inbox.reply") },
            { value: "note", label: t("inbox.note") },
          ]}
        />
        <span className="min-w-0 truncate text-sm text-muted">
          {internal
            ? t("inbox.noteHint")
            : ticket.customer
              ? t("inbox.to", { name: ticket.customer.name })
              : t("inbox.toNobody")}
        </span>
      </div>
      <RichText
        key={internal ? "note" : "reply"}
        label={internal ? t("inbox.noteText") : t("inbox.replyText")}
        placeholder={internal ? t("inbox.notePlaceholder") : t("inbox.replyPlaceholder")}
        initialHtml={value.html}
        handle={takeEditor}
        onChange={({ html, isEmpty }) => {
          setValue({ html, isEmpty });
          keep({ html });
        }}
        onSubmit={() => void send(null)}
        onFiles={addFiles}
        {...(internal ? { findPeople: (query: string) => findPeople(queries, query) } : {})}
        className="min-h-0 flex-1"
        tools={
          <>
            <IconButton
              icon={Paperclip}
              label={t("inbox.attach")}
              onClick={() => picker.current?.click()}
            />
            <SendButton
              internal={internal}
              status={ticket.status}
              disabled={!canSend}
              onSend={(status) => void send(status)}
            />
          </>
        }
      />
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        aria-label={t("inbox.attach")}
        onChange={(event) => {
          addFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <textarea ref={catcher} tabIndex={-1} aria-hidden className="sr-only" />
      <Uploads uploads={uploads} onRemove={removeUpload} />
      {over && (
        <p className="pointer-events-none absolute inset-1 flex items-center justify-center rounded-md border border-dashed border-accent bg-selected font-medium">
          {t("inbox.dropHere")}
        </p>
      )}
    </section>
  );
}

/** Send, and behind the arrow: send and move the ticket in one step. */
function SendButton({
  internal,
  status,
  disabled,
  onSend,
}: {
  internal: boolean;
  status: Status;
  disabled: boolean;
  onSend: (status: Status | null) => void;
}): ReactNode {
  const next = (["pending", "resolved", "closed", "open", "blocked"] as const).filter(
    (s) => s !== status && (isOpen(status) || s !== "closed"),
  );
  return (
    <span className="inline-flex">
      <Button
        look="primary"
        disabled={disabled}
        keys="mod+enter"
        onClick={() => onSend(null)}
        className="rounded-e-none!"
      >
        {internal ? t("inbox.addNote") : t("inbox.send")}
      </Button>
      <Menu
        align="end"
        side="top"
        trigger={
          <button
            type="button"
            disabled={disabled}
            aria-label={t("inbox.sendAnd")}
            className="inline-flex min-h-7 w-7 items-center justify-center rounded-e-md border-s border-on-accent/40 bg-accent text-on-accent not-disabled:hover:bg-accent-hover disabled:opacity-60"
          >
            <ChevronDown size={14} aria-hidden />
          </button>
        }
      >
        <MenuLabel>{internal ? t("inbox.addAndSet") : t("inbox.sendAndSet")}</MenuLabel>
        {next.map((one) => (
          <MenuItem key={one} onSelect={() => onSend(one)}>
            <StatusBadge status={one} label={statusName(one)} />
          </MenuItem>
        ))}
      </Menu>
    </span>
  );
}

function Uploads({
  uploads,
  onRemove,
}: {
  uploads: readonly Upload[];
  onRemove: (upload: Upload) => void;
}): ReactNode {
  if (uploads.length === 0) return null;
  return (
    <ul
      aria-label={t("inbox.attachments")}
      className="flex flex-wrap gap-2 overflow-y-auto px-3 pb-2"
    >
      {uploads.map((one) => (
        <li
          key={one.key}
          className={cx(
            "relative flex min-h-7 max-w-72 items-center gap-2 overflow-hidden rounded-md border bg-bg ps-2",
            one.problem !== "" && "border-danger text-danger",
          )}
        >
          <span dir="auto" className="truncate">
            {one.name}
          </span>
          <span className="shrink-0 text-sm text-faint">{formatBytes(one.size)}</span>
          {one.problem !== "" && (
            <span role="alert" className="truncate text-sm" title={one.problem}>
              {one.problem}
            </span>
          )}
          <button
            type="button"
            aria-label={t("inbox.removeFile", { name: one.name })}
            onClick={() => onRemove(one)}
            className="inline-flex size-7 shrink-0 items-center justify-center text-faint hover:text-text"
          >
            <X size={13} aria-hidden />
          </button>
          {!one.file && one.problem === "" && (
            <span
              role="progressbar"
              aria-label={t("inbox.uploading", { name: one.name })}
              aria-valuemin={0}
              aria-valuemax={100}
              aria-valuenow={Math.round(one.part * 100)}
              className="absolute start-0 bottom-0 h-0.5 bg-accent transition-[inline-size]"
              style={{ inlineSize: `${one.part * 100}%` }}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

function asUpload(file: Attachment): Upload {
  return {
    key: file.id,
    name: file.name,
    size: file.size,
    part: 1,
    file,
    problem: "",
    stop: new AbortController(),
  };
}

/** Typed text as the editor takes it. */
function asHtml(text: string): string {
  const page = document.implementation.createHTMLDocument();
  page.body.textContent = text;
  return page.body.innerHTML;
}

/** What stands in the thread until the server has answered. */
function standIn(
  id: string,
  { html, internal, files }: Compose,
  user: { id: string; name: string },
): Message {
  const now = new Date().toISOString();
  return {
    id,
    internal,
    author: { kind: "user", id: user.id, name: user.name },
    body: "",
    html,
    state: "sent",
    heldUntil: null,
    attachments: files,
    createdAt: now,
    updatedAt: now,
    isSending: true,
  };
}
