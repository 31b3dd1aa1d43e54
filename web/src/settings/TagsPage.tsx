import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import Plus from "lucide-react/icons/plus";
import SearchX from "lucide-react/icons/search-x";
import TagIcon from "lucide-react/icons/tag";
import Trash2 from "lucide-react/icons/trash-2";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { useList } from "@/api/queries";
import { useCan } from "@/api/session";
import { cx } from "@/lib/cx";
import { t } from "@/messages";
import { SearchBox } from "@/records/SearchBox";
import { TagChip } from "@/records/tags";
import { call, fetchPage } from "@/records/wire";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { ConfirmByTyping, Dialog } from "@/ui/Dialog";
import { Field, Input } from "@/ui/Field";
import { Form, useForm } from "@/ui/form";
import { Screen } from "@/ui/Screen";
import { EmptyState, ListStates } from "@/ui/states";
import { toast } from "@/ui/toast";
import { Time } from "@/ui/values";
import { FormFoot } from "./bits";
import { usePlace } from "./place";
import type { SettingsSearch } from "./routes";
import type { Tag } from "./types";

/** Colours to pick from at a click; any other can be chosen too. */
const palette = [
  "#6b7280",
  "#2563eb",
  "#0891b2",
  "#15803d",
  "#ca8a04",
  "#ea580c",
  "#dc2626",
  "#db2777",
  "#7c3aed",
];

function columnsFor(search: SettingsSearch): readonly Column<Tag>[] {
  return [
    {
      id: "name",
      header: t("settings.tags.name"),
      sort: "name",
      cell: (tag) => (
        <Link to="/settings/tags" search={{ ...search, open: tag.id }}>
          <TagChip tag={tag} />
        </Link>
      ),
    },
    {
      id: "builtIn",
      header: t("settings.tags.kind"),
      width: "w-32",
      cell: (tag) => tag.builtIn && <Badge>{t("settings.tags.builtIn")}</Badge>,
    },
    {
      id: "createdAt",
      header: t("settings.tags.since"),
      width: "w-32",
      align: "end",
      from: "md",
      cell: (tag) => <Time at={tag.createdAt} className="text-muted" />,
    },
  ];
}

/** Words that customers, tickets and products are marked with. */
export function TagsPage(): ReactNode {
  const can = useCan();
  const mayWrite = can("tags:write");
  const { search, go } = usePlace();
  const sort = search.sort ?? "name";
  const list = useList<Tag>(
    keys.list("tags", { for: "page", q: search.q, sort }),
    (cursor, signal) => fetchPage<Tag>("/tags", { q: search.q, sort, limit: "50" }, cursor, signal),
  );
  const create = mayWrite && (
    <Button look="primary" icon={Plus} onClick={() => go({ new: 1 })}>
      {t("settings.tags.new")}
    </Button>
  );
  const open = list.rows.find((tag) => tag.id === search.open);
  const close = () => go({ open: undefined, new: undefined });
  const isNew = search.new === 1;
  return (
    <Screen
      title={t("settings.tags.title")}
      actions={
        <>
          <SearchBox
            label={t("settings.tags.search")}
            hint={t("settings.tags.searchHint")}
            value={search.q ?? ""}
            onChange={(q) => go({ q: q || undefined }, true)}
          />
          {create}
        </>
      }
    >
      <ListStates
        list={list}
        isFiltered={search.q !== undefined}
        onClearFilters={() => go({ q: undefined }, true)}
        firstUse={
          <EmptyState icon={TagIcon} title={t("settings.tags.none")} action={create}>
            {t("settings.tags.noneHint")}
          </EmptyState>
        }
      >
        <DataTable
          label={t("settings.tags.title")}
          list={list}
          columns={columnsFor(search)}
          sort={sort}
          onSort={(next) => go({ sort: next }, true)}
          onOpen={(tag) => go({ open: tag.id })}
        />
      </ListStates>
      {mayWrite && (
        <Dialog
          open={isNew || (search.open !== undefined && !list.isFirstLoad)}
          onOpenChange={(on) => {
            if (!on) close();
          }}
          title={isNew ? t("settings.tags.new") : t("settings.tags.one")}
          width="small"
        >
          {isNew || open ? (
            <TagForm
              key={open?.id ?? "new"}
              {...(!isNew && open ? { tag: open } : {})}
              onClose={close}
            />
          ) : (
            <EmptyState icon={SearchX} title={t("ui.notFound")} />
          )}
        </Dialog>
      )}
    </Screen>
  );
}

function TagForm({ tag, onClose }: { tag?: Tag; onClose: () => void }): ReactNode {
  const queries = useQueryClient();
  const form = useForm({
    initial: { name: tag?.name ?? "", colour: tag?.colour ?? "#2563eb" },
    async submit(v) {
      const name = v.name.trim();
      if (tag) {
        await call("PUT", `/tags/${tag.id}`, {
          body: {
            ...(name !== tag.name ? { name } : {}),
            ...(v.colour !== tag.colour ? { colour: v.colour } : {}),
          },
        });
        toast.done(t("settings.tags.saved", { name }));
      } else {
        await call("POST", "/tags", { body: { name, colour: v.colour } });
        toast.done(t("settings.tags.created", { name }));
      }
      await queries.invalidateQueries({ queryKey: keys.all("tags") });
      onClose();
    },
  });
  const { colour } = form.values;
  return (
    <Form form={form} label={t("settings.tags.one")} className="flex flex-col gap-4">
      <Field
        name="name"
        label={t("settings.tags.name")}
        {...(tag?.builtIn ? { hint: t("settings.tags.builtInHint") } : {})}
        required
      >
        <Input dir="auto" autoComplete="off" disabled={tag?.builtIn === true} />
      </Field>
      <Field name="colour" label={t("settings.tags.colour")}>
        <Input type="color" className="h-8 max-w-16 p-1" />
      </Field>
      <div className="-mt-2 flex flex-wrap gap-1">
        {palette.map((one) => (
          <button
            key={one}
            type="button"
            aria-label={t("settings.tags.pick", { colour: one })}
            aria-pressed={colour === one}
            onClick={() => form.set("colour", one)}
            className="flex size-7 items-center justify-center rounded-md aria-pressed:bg-selected hover:bg-hover"
          >
            <span
              className={cx(
                "size-4 rounded-full",
                colour === one && "outline-2 outline-offset-2 outline-focus",
              )}
              style={{ background: one }}
            />
          </button>
        ))}
      </div>
      <div>
        <TagChip tag={{ name: form.values.name.trim() || t("settings.tags.name"), colour }} />
      </div>
      <FormFoot
        form={form}
        label={tag ? t("ui.save") : t("settings.tags.create")}
        isChanged={form.isChanged}
        onCancel={onClose}
      >
        {tag && !tag.builtIn && <DeleteTag tag={tag} onDeleted={onClose} />}
      </FormFoot>
    </Form>
  );
}

function DeleteTag({ tag, onDeleted }: { tag: Tag; onDeleted: () => void }): ReactNode {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button look="quiet" icon={Trash2} onClick={() => setAsking(true)}>
        {t("settings.tags.delete")}
      </Button>
      <ConfirmByTyping
        open={asking}
        onOpenChange={setAsking}
        title={t("settings.tags.deleteTitle", { name: tag.name })}
        description={t("settings.tags.deleteText")}
        name={tag.name}
        action={t("settings.tags.delete")}
        onConfirm={async () => {
          try {
            await call("DELETE", `/tags/${tag.id}`);
            toast.done(t("settings.tags.deleted", { name: tag.name }));
            onDeleted();
          } catch (error) {
            toast.failed(t("settings.notDeleted"), error);
          }
          void queries.invalidateQueries();
        }}
      />
    </>
  );
}
