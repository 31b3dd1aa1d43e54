import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { ApiError } from "@/api/errors";
import { keys } from "@/api/keys";
import type { Page } from "@/api/queries";
import { useCan } from "@/api/session";
import { t } from "@/messages";
import { Combobox, type Found } from "@/records/Combobox";
import { Button } from "@/ui/Button";
import { Callout } from "@/ui/Callout";
import { ChoiceRow } from "@/ui/ChoiceRow";
import { Dialog } from "@/ui/Dialog";
import { Field, Input, Select, Textarea } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { channelName, priorityName } from "@/ui/marks";
import { toast } from "@/ui/toast";
import { teamsQuery, useCustomer } from "./queries";
import { read, write } from "./request";
import { TagsEditor } from "./TagsEditor";
import { type Customer, channels, type Tag, type Ticket } from "./types";

type Person = Pick<Customer, "id" | "name" | "email" | "phone">;

/** Opens a ticket for a customer: found by name, address, phone or order, or made on the way. */
export default function NewTicket({
  customerId,
  onClose,
  onCreated,
}: {
  customerId: string | undefined;
  onClose: () => void;
  onCreated: (id: string) => void;
}): ReactNode {
  const [made, setMade] = useState<(Ticket & { notice?: string }) | null>(null);
  if (made) {
    const open = () => onCreated(made.id);
    return (
      <Dialog
        open
        onOpenChange={open}
        title={t("inbox.madeTitle", { number: `#${made.number}` })}
        width="small"
        actions={
          <Button look="primary" onClick={open}>
            {t("inbox.openTicket")}
          </Button>
        }
      >
        <Callout tone="warning">{t("inbox.nobodyFree")}</Callout>
        <p className="mt-3 text-muted">{t("inbox.tellCustomer")}</p>
        <blockquote className="mt-1 border-s-2 ps-3">{made.notice}</blockquote>
      </Dialog>
    );
  }
  return (
    <Asking
      customerId={customerId}
      onClose={onClose}
      onMade={(ticket) => {
        if (ticket.notice) {
          setMade(ticket);
          return;
        }
        const number = `#${ticket.number}`;
        toast.done(
          ticket.assignee
            ? t("inbox.madeAssigned", { number, name: ticket.assignee.name })
            : t("inbox.made", { number }),
        );
        onCreated(ticket.id);
      }}
    />
  );
}

function Asking({
  customerId,
  onClose,
  onMade,
}: {
  customerId: string | undefined;
  onClose: () => void;
  onMade: (ticket: Ticket & { notice?: string }) => void;
}): ReactNode {
  const can = useCan();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<Person | null | undefined>(undefined);
  const [isNew, setNew] = useState(false);
  /** Who already has the address or number that was typed for a new customer. */
  const [taken, setTaken] = useState<string | null>(null);
  const [tags, setTags] = useState<Tag[]>([]);
  const [choosingTags, setChoosingTags] = useState(false);
  const [author, setAuthor] = useState<"customer" | "staff">("customer");
  const teams = useQuery(teamsQuery);
  const form = useForm({
    initial: {
      title: "",
      description: "",
      channel: "phone",
      priority: "3",
      teamId: "",
      firstName: "",
      lastName: "",
      email: "",
      phone: "",
    },
    async submit(values) {
      const customer = isNew ? await create(values) : (chosen?.id ?? customerId);
      const { value } = await write<Ticket & { notice?: string }>("POST", "/tickets", {
        title: values.title.trim(),
        description: values.description,
        channel: values.channel,
        priority: Number(values.priority),
        author: customer ? author : "staff",
        ...(customer ? { customerId: customer } : {}),
        ...(values.teamId ? { teamId: values.teamId } : {}),
        ...(tags.length > 0 ? { tags: tags.map((tag) => tag.name) } : {}),
      });
      if (value) onMade(value);
    },
    onRefused(error) {
      const owner = error.code === "identity_taken" ? idIn(error) : undefined;
      setTaken(owner ?? null);
      return owner !== undefined;
    },
  });

  /** Makes the customer once: should the ticket then be refused, they are already chosen. */
  async function create(values: typeof form.values): Promise<string | undefined> {
    const { value } = await write<Customer>("POST", "/customers", {
      firstName: values.firstName.trim(),
      lastName: values.lastName.trim(),
      ...(values.email.trim() ? { email: values.email.trim() } : {}),
      ...(values.phone.trim() ? { phone: values.phone.trim() } : {}),
    });
    void queries.invalidateQueries({ queryKey: keys.lists("customers") });
    if (value) setChosen(value);
    setNew(false);
    return value?.id;
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t("inbox.new")}
      actions={
        <>
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button
            look="primary"
            busy={form.isPending}
            disabled={form.values.title.trim() === "" || form.values.description.trim() === ""}
            onClick={form.submit}
          >
            {t("inbox.make")}
          </Button>
        </>
      }
    >
      <Form form={form} label={t("inbox.new")} className="flex flex-col gap-4">
        {taken && (
          <Taken
            id={taken}
            onUse={(person) => {
              setChosen(person);
              setNew(false);
              setTaken(null);
            }}
          />
        )}
        {isNew ? (
          <NewCustomer
            onBack={() => {
              setNew(false);
              setTaken(null);
            }}
          />
        ) : (
          <Whose
            asked={chosen === undefined ? customerId : undefined}
            chosen={chosen ?? null}
            onChoose={setChosen}
            onNew={can("customers:create") ? () => setNew(true) : undefined}
            error={form.errors.customerId}
          />
        )}
        <Field name="title" label={t("inbox.ticketTitle")} required>
          <Input maxLength={300} dir="auto" autoComplete="off" />
        </Field>
        <Field
          name="description"
          label={t("inbox.description")}
          required
          end={
            <ChoiceRow
              label={t("inbox.whoseWords")}
              size="small"
              value={author}
              onChange={setAuthor}
              options={[
                { value: "customer", label: t("inbox.theirWords") },
                { value: "staff", label: t("inbox.ourWords") },
              ]}
            />
          }
        >
          <Textarea rows={5} />
        </Field>
        <div className="grid gap-4 sm:grid-cols-3">
          <Field name="channel" label={t("inbox.channel")}>
            <Select>
              {channels.map((channel) => (
                <option key={channel} value={channel}>
                  {channelName(channel)}
                </option>
              ))}
            </Select>
          </Field>
          <Field name="priority" label={t("inbox.priority")}>
            <Select>
              {[1, 2, 3, 4].map((priority) => (
                <option key={priority} value={priority}>
                  {priorityName(priority)}
                </option>
              ))}
            </Select>
          </Field>
          <Field name="teamId" label={t("inbox.team")}>
            <Select>
              <option value="">{t("inbox.noTeam")}</option>
              {teams.data?.map((team) => (
                <option key={team.id} value={team.id}>
                  {team.name}
                </option>
              ))}
            </Select>
          </Field>
        </div>
        <div className="flex flex-wrap items-center gap-1">
          <TagsEditor
            tags={tags}
            editable
            open={choosingTags}
            onOpenChange={setChoosingTags}
            onChange={setTags}
          />
        </div>
      </Form>
    </Dialog>
  );
}

/** The customer whose matter it is. The search forgives mistyped letters. */
function Whose({
  asked,
  chosen,
  onChoose,
  onNew,
  error,
}: {
  /** An id from the address, whose name is not known yet. */
  asked: string | undefined;
  chosen: Person | null;
  onChoose: (person: Person | null) => void;
  onNew: (() => void) | undefined;
  error: string | undefined;
}): ReactNode {
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-baseline justify-between gap-2">
        <span className="font-medium">{t("inbox.customer")}</span>
        {onNew && !chosen && !asked && (
          <button
            type="button"
            onClick={onNew}
            className="min-h-6 text-sm text-accent-text hover:underline"
          >
            {t("inbox.newCustomer")}
          </button>
        )}
      </div>
      {asked ? (
        <Asked id={asked} onClear={() => onChoose(null)} />
      ) : (
        <Combobox<Person>
          label={t("inbox.customer")}
          scope="customers"
          value={chosen?.name ?? ""}
          onChange={(found) => onChoose(found?.record ?? null)}
          find={findCustomers}
          invalid={error !== undefined}
          placeholder={t("inbox.findCustomer")}
        />
      )}
      {error && <p className="text-sm text-danger">{error}</p>}
    </div>
  );
}

function Asked({ id, onClear }: { id: string; onClear: () => void }): ReactNode {
  const { data } = useCustomer(id);
  return (
    <Combobox<Person>
      label={t("inbox.customer")}
      scope="customers"
      value={data?.value.name ?? "…"}
      onChange={onClear}
      find={findCustomers}
    />
  );
}

/** The customer whom a refusal names. */
function idIn(error: ApiError): string | undefined {
  const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
  return error.errors.map(({ message }) => uuid.exec(message)?.[0]).find(Boolean);
}

/** The address or number is somebody's already: most likely the very person meant. */
function Taken({ id, onUse }: { id: string; onUse: (person: Person) => void }): ReactNode {
  const { data } = useCustomer(id);
  if (!data) return null;
  const person = data.value;
  return (
    <Callout tone="warning">
      <p>{t("inbox.taken", { name: person.name })}</p>
      <Button size="small" className="mt-1.5 text-text" onClick={() => onUse(person)}>
        {t("inbox.useThem", { name: person.name })}
      </Button>
    </Callout>
  );
}

async function findCustomers(q: string, signal: AbortSignal): Promise<Found<Person>[]> {
  const { data } = await read<Page<Person>>(
    "/customers",
    { limit: "8", fields: "id,name,email,phone", ...(q ? { q } : {}) },
    signal,
  );
  return data.map((record) => ({
    id: record.id,
    title: record.name,
    detail: [record.email, record.phone].filter(Boolean).join(" · "),
    record,
  }));
}

function NewCustomer({ onBack }: { onBack: () => void }): ReactNode {
  return (
    <fieldset className="flex flex-col gap-3 rounded-md border p-3">
      <legend className="flex items-center gap-2 px-1 font-medium">
        {t("inbox.newCustomer")}
        <button
          type="button"
          onClick={onBack}
          className="min-h-6 text-sm font-normal text-accent-text hover:underline"
        >
          {t("inbox.findInstead")}
        </button>
      </legend>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field name="firstName" label={t("inbox.firstName")}>
          <Input dir="auto" autoComplete="off" />
        </Field>
        <Field name="lastName" label={t("inbox.lastName")}>
          <Input dir="auto" autoComplete="off" />
        </Field>
        <Field name="email" label={t("inbox.email")}>
          <Input type="email" dir="ltr" autoComplete="off" />
        </Field>
        <Field name="phone" label={t("inbox.phone")}>
          <Input type="tel" dir="ltr" autoComplete="off" />
        </Field>
      </div>
    </fieldset>
  );
}
