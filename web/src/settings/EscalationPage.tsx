import { useQuery, useQueryClient } from "@tanstack/react-query";
import PhoneCall from "lucide-react/icons/phone-call";
import Plus from "lucide-react/icons/plus";
import Trash2 from "lucide-react/icons/trash-2";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { useCan } from "@/api/session";
import { t } from "@/messages";
import { useRecord } from "@/records/useRecord";
import { call, type Tagged } from "@/records/wire";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field, Input, Textarea } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { Screen } from "@/ui/Screen";
import { EmptyState, FailedState, ListStates, SkeletonRows } from "@/ui/states";
import { toast } from "@/ui/toast";
import { FormFoot } from "./bits";
import { nextPosition } from "./fieldForm";
import { MoveButtons } from "./MoveButtons";
import { useReorder } from "./order";
import { usePlace } from "./place";
import { asList, contactsQuery, saveOver } from "./queries";
import type { Contact } from "./types";

const none: readonly never[] = [];

/** Whom agents call when something is beyond them, in the order to try. */
export function EscalationPage(): ReactNode {
  const can = useCan();
  const mayWrite = can("escalation:write");
  const { search, go } = usePlace();
  const query = useQuery(contactsQuery);
  const rows = query.data ?? none;
  const move = useReorder<Contact>(contactsQuery.queryKey, (contact) =>
    call("PATCH", `/escalation-contacts/${contact.id}`, { body: { position: contact.position } }),
  );
  const create = mayWrite && (
    <Button look="primary" icon={Plus} onClick={() => go({ new: 1 })}>
      {t("settings.escalation.new")}
    </Button>
  );
  const close = () => go({ open: undefined, new: undefined });
  return (
    <Screen title={t("settings.escalation.title")} actions={create}>
      <ListStates
        list={asList(query)}
        firstUse={
          <EmptyState icon={PhoneCall} title={t("settings.escalation.none")} action={create}>
            {t("settings.escalation.noneHint")}
          </EmptyState>
        }
      >
        <p className="px-4 py-3 text-muted">{t("settings.escalation.hint")}</p>
        <ol aria-label={t("settings.escalation.title")} className="border-t border-line/60">
          {rows.map((contact, i) => (
            <li
              key={contact.id}
              className="flex items-center gap-2 border-b border-line/60 pe-2 hover:bg-hover"
            >
              <ContactLine
                contact={contact}
                place={i + 1}
                onOpen={mayWrite ? () => go({ open: contact.id }) : undefined}
              />
              {mayWrite && (
                <MoveButtons
                  name={contact.name}
                  isFirst={i === 0}
                  isLast={i === rows.length - 1}
                  onMove={(step) => void move(contact.id, step)}
                />
              )}
            </li>
          ))}
        </ol>
      </ListStates>
      {mayWrite && (
        <Dialog
          open={search.new === 1 || search.open !== undefined}
          onOpenChange={(open) => {
            if (!open) close();
          }}
          title={t(search.new === 1 ? "settings.escalation.new" : "settings.escalation.one")}
        >
          {search.new === 1 ? (
            <ContactForm position={nextPosition(rows)} onClose={close} />
          ) : (
            search.open && <OneContact key={search.open} id={search.open} onClose={close} />
          )}
        </Dialog>
      )}
    </Screen>
  );
}

function ContactLine({
  contact,
  place,
  onOpen,
}: {
  contact: Contact;
  place: number;
  onOpen: (() => void) | undefined;
}): ReactNode {
  const name = (
    <>
      <span dir="auto" className="block truncate font-medium">
        {contact.name}
      </span>
      <span dir="auto" className="block truncate text-muted">
        {contact.duty}
      </span>
    </>
  );
  return (
    <div className="flex min-h-12 min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1 py-1.5 ps-4">
      <span className="tabular w-5 text-faint">{place}</span>
      <Avatar name={contact.name} />
      {onOpen ? (
        <button type="button" onClick={onOpen} className="min-w-32 rounded-sm text-start sm:w-60">
          {name}
        </button>
      ) : (
        <div className="min-w-32 sm:w-60">{name}</div>
      )}
      <span className="flex min-w-40 flex-col" dir="ltr">
        {contact.phone && (
          <a
            href={`tel:${contact.phone.replace(/[^\d+*#]/g, "")}`}
            className="tabular inline-flex min-h-6 items-center hover:underline"
          >
            {contact.phone}
          </a>
        )}
        {contact.email && (
          <a
            href={`mailto:${contact.email}`}
            className="inline-flex min-h-6 items-center hover:underline"
          >
            {contact.email}
          </a>
        )}
      </span>
      <span dir="auto" className="min-w-0 flex-1 text-muted">
        {contact.note}
      </span>
    </div>
  );
}

function OneContact({ id, onClose }: { id: string; onClose: () => void }): ReactNode {
  const record = useRecord<Contact>("escalation-contacts", id);
  if (record.data) return <ContactForm record={record.data} position={0} onClose={onClose} />;
  if (record.error) {
    return <FailedState error={record.error} onRetry={() => void record.refetch()} />;
  }
  return <SkeletonRows rows={4} />;
}

const texts = ["name", "duty", "phone", "email", "note"] as const;

function ContactForm({
  record,
  position,
  onClose,
}: {
  record?: Tagged<Contact>;
  /** Where a new contact goes. */
  position: number;
  onClose: () => void;
}): ReactNode {
  const queries = useQueryClient();
  const [base, setBase] = useState(record);
  const before = base?.value;
  const refresh = () => queries.invalidateQueries({ queryKey: contactsQuery.queryKey });
  const form = useForm({
    initial: {
      name: before?.name ?? "",
      duty: before?.duty ?? "",
      phone: before?.phone ?? "",
      email: before?.email ?? "",
      note: before?.note ?? "",
    },
    async submit(v) {
      const body = Object.fromEntries(texts.map((name) => [name, v[name].trim()]));
      if (base && before) {
        const patch = Object.fromEntries(
          texts
            .map((n) => [n, v[n].trim()])
            .filter(([n, text]) => text !== before[n as keyof Contact]),
        );
        const saved = await saveOver<Contact>(
          "PATCH",
          `/escalation-contacts/${before.id}`,
          patch,
          base,
          {
            labelOf: (field) => t(`settings.escalation.${field as (typeof texts)[number]}`),
            onFresh: (fresh) => setBase({ value: before, etag: fresh.etag }),
          },
        );
        queries.setQueryData(keys.one("escalation-contacts", before.id), saved);
        toast.done(t("settings.escalation.saved", { name: saved.value.name }));
      } else {
        await call("POST", "/escalation-contacts", { body: { ...body, position } });
        toast.done(t("settings.escalation.created", { name: v.name.trim() }));
      }
      await refresh();
      onClose();
    },
  });

  /** Taken off at once; the way back makes the same line again. */
  const remove = async (contact: Contact) => {
    onClose();
    queries.setQueryData(contactsQuery.queryKey, (old) => old?.filter((c) => c.id !== contact.id));
    try {
      await call("DELETE", `/escalation-contacts/${contact.id}`);
      const { name, duty, phone, email, note, position: at } = contact;
      toast.undo(t("settings.escalation.deleted", { name }), () => {
        call("POST", "/escalation-contacts", {
          body: { name, duty, phone, email, note, position: at },
        })
          .then(refresh)
          .catch((error: unknown) => toast.failed(t("settings.notSaved"), error));
      });
    } catch (error) {
      toast.failed(t("settings.notDeleted"), error);
    }
    void refresh();
  };

  return (
    <Form form={form} label={t("settings.escalation.one")} className="flex flex-col gap-4">
      <Field name="name" label={t("settings.escalation.name")} required>
        <Input dir="auto" autoComplete="off" />
      </Field>
      <Field
        name="duty"
        label={t("settings.escalation.duty")}
        hint={t("settings.escalation.dutyHint")}
      >
        <Input dir="auto" autoComplete="off" />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field name="phone" label={t("settings.escalation.phone")}>
          <Input type="tel" dir="ltr" autoComplete="off" />
        </Field>
        <Field name="email" label={t("settings.escalation.email")}>
          <Input type="email" dir="ltr" autoComplete="off" />
        </Field>
      </div>
      <Field
        name="note"
        label={t("settings.escalation.note")}
        hint={t("settings.escalation.noteHint")}
      >
        <Textarea rows={2} />
      </Field>
      <FormFoot
        form={form}
        label={before ? t("ui.save") : t("settings.escalation.create")}
        isChanged={form.isChanged}
        onCancel={onClose}
      >
        {before && (
          <Button look="quiet" icon={Trash2} onClick={() => void remove(before)}>
            {t("ui.remove")}
          </Button>
        )}
      </FormFoot>
    </Form>
  );
}
