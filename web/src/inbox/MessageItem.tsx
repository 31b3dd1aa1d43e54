import { useQueryClient } from "@tanstack/react-query";
import Ellipsis from "lucide-react/icons/ellipsis";
import Lock from "lucide-react/icons/lock";
import Pencil from "lucide-react/icons/pencil";
import Trash from "lucide-react/icons/trash-2";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { useSession } from "@/api/session";
import { cx } from "@/lib/cx";
import { formatFull } from "@/lib/format";
import { formatLocale } from "@/lib/locale";
import { t } from "@/messages";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { Menu, MenuItem } from "@/ui/Menu";
import { RichText } from "@/ui/RichText";
import { SafeHTML } from "@/ui/SafeHTML";
import { toast } from "@/ui/toast";
import { Attachments } from "./Attachments";
import { dropMessage, editMessage, putMessage } from "./cache";
import { findPeople } from "./people";
import { write } from "./request";
import type { Message } from "./types";

const clock = (at: string) =>
  new Intl.DateTimeFormat(formatLocale(), { timeStyle: "short" }).format(new Date(at));

/** One message of the thread: who, when, what, and its files. Notes are tinted and named as such. */
export function MessageItem({ ticket, message }: { ticket: string; message: Message }): ReactNode {
  const { user } = useSession();
  const [editing, setEditing] = useState(false);
  const { author, internal } = message;
  const isOwn = author.kind === "user" && author.id === user.id;
  const waits = message.state === "held" || message.isSending;
  const isStaff = author.kind === "user";
  return (
    <article
      aria-label={t(internal ? "inbox.noteBy" : "inbox.messageBy", { name: author.name })}
      className={cx(
        "group flex gap-2.5 px-4 py-3",
        internal && "bg-note",
        isStaff && !internal && "bg-sunken",
      )}
    >
      <Avatar name={author.name} />
      <div className="min-w-0 flex-1">
        <header className="flex min-h-5 flex-wrap items-baseline gap-x-2">
          <span dir="auto" className="font-semibold">
            {author.name || t("inbox.someone")}
          </span>
          {internal ? (
            <span className="inline-flex items-center gap-1 text-sm text-warning">
              <Lock size={12} aria-hidden />
              {t("inbox.note")}
            </span>
          ) : (
            <span className="text-sm text-faint">
              {t(
                isStaff
                  ? "inbox.staff"
                  : author.kind === "system"
                    ? "inbox.system"
                    : "inbox.customer",
              )}
            </span>
          )}
          {waits && <span className="text-sm text-accent-text">{t("inbox.sending")}</span>}
          <time
            dateTime={message.createdAt}
            title={formatFull(new Date(message.createdAt))}
            className="tabular ms-auto text-sm text-faint"
          >
            {clock(message.createdAt)}
          </time>
          {internal && isOwn && !waits && !editing && (
            <NoteMenu ticket={ticket} message={message} onEdit={() => setEditing(true)} />
          )}
        </header>
        {editing ? (
          <EditNote ticket={ticket} message={message} onDone={() => setEditing(false)} />
        ) : (
          <Body message={message} foldQuotes={author.kind === "customer"} />
        )}
        <Attachments files={message.attachments} />
      </div>
    </article>
  );
}

/** The text. What a customer's mail quotes is folded: the thread has it already. */
function Body({ message, foldQuotes }: { message: Message; foldQuotes: boolean }): ReactNode {
  const [open, setOpen] = useState(false);
  const quotes = foldQuotes && /<blockquote/i.test(message.html);
  return (
    <>
      <SafeHTML
        html={message.html}
        className={cx("max-w-[72ch]", quotes && !open && "[&_blockquote]:hidden")}
      />
      {quotes && (
        <button
          type="button"
          aria-expanded={open}
          aria-label={t("inbox.quoted")}
          title={t("inbox.quoted")}
          onClick={() => setOpen(!open)}
          className="mt-1 inline-flex h-6 items-center rounded-sm bg-neutral-tint px-2 text-muted hover:text-text"
        >
          <Ellipsis size={16} aria-hidden />
        </button>
      )}
    </>
  );
}

function NoteMenu({
  ticket,
  message,
  onEdit,
}: {
  ticket: string;
  message: Message;
  onEdit: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const remove = async () => {
    dropMessage(queries, ticket, message.id);
    try {
      await write("DELETE", `/tickets/${ticket}/messages/${message.id}`);
      void queries.invalidateQueries({ queryKey: keys.one("tickets", ticket) });
    } catch (error) {
      putMessage(queries, ticket, message);
      toast.failed(t("inbox.noteDeleteFailed"), error);
    }
  };
  return (
    <Menu
      align="end"
      trigger={
        <button
          type="button"
          aria-label={t("inbox.noteMenu")}
          className="-my-1 inline-flex size-6 items-center justify-center self-center rounded-md text-muted hover:bg-hover hover:text-text"
        >
          <Ellipsis size={14} aria-hidden />
        </button>
      }
    >
      <MenuItem icon={Pencil} onSelect={onEdit}>
        {t("inbox.noteEdit")}
      </MenuItem>
      <MenuItem icon={Trash} danger onSelect={() => void remove()}>
        {t("inbox.noteDelete")}
      </MenuItem>
    </Menu>
  );
}

function EditNote({
  ticket,
  message,
  onDone,
}: {
  ticket: string;
  message: Message;
  onDone: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const [html, setHtml] = useState(message.html);
  const save = async () => {
    if (html === "") return;
    onDone();
    editMessage(queries, ticket, message.id, { html });
    try {
      const { value } = await write<Message>("PATCH", `/tickets/${ticket}/messages/${message.id}`, {
        html,
      });
      if (value) editMessage(queries, ticket, message.id, value);
    } catch (error) {
      editMessage(queries, ticket, message.id, { html: message.html });
      toast.failed(t("inbox.noteEditFailed"), error);
    }
  };
  return (
    <RichText
      label={t("inbox.noteEdit")}
      initialHtml={message.html}
      findPeople={(query) => findPeople(queries, query)}
      onChange={(value) => setHtml(value.html)}
      onSubmit={() => void save()}
      className="mt-1 rounded-md border bg-bg"
      tools={
        <>
          <Button look="quiet" onClick={onDone}>
            {t("ui.cancel")}
          </Button>
          <Button look="primary" disabled={html === ""} onClick={() => void save()}>
            {t("ui.save")}
          </Button>
        </>
      }
    />
  );
}
