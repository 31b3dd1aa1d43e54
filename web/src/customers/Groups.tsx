import { useQueryClient } from "@tanstack/react-query";
import Plus from "lucide-react/icons/plus";
import { type ReactNode, useState } from "react";
import { keys } from "@/api/keys";
import { useCan } from "@/api/session";
import { t } from "@/messages";
import { useGroups } from "@/records/people";
import { TagChip } from "@/records/tags";
import type { Named } from "@/records/types";
import type { Save } from "@/records/useRecord";
import { call } from "@/records/wire";
import { Button } from "@/ui/Button";
import { Input } from "@/ui/Field";
import { Popover } from "@/ui/Popover";
import { toast } from "@/ui/toast";
import type { Customer } from "./types";

/** The groups a customer is in, to join and to leave. */
export function Groups({
  customer,
  canUpdate,
  save,
}: {
  customer: Customer;
  canUpdate: boolean;
  save: Save;
}): ReactNode {
  const all = useGroups();
  const can = useCan();
  const queries = useQueryClient();
  const [typed, setTyped] = useState("");
  const { groups } = customer;
  const write = (next: Named[]) =>
    save({ groupIds: next.map((g) => g.id) }, { groups: next } as Partial<Customer>);
  const failed = (error: unknown) => toast.failed(t("records.notSaved"), error);
  const set = (next: Named[]) => {
    write(next).then((done) => {
      if (done) toast.undo(t("customers.groupsChanged"), () => void write(groups).catch(failed));
    }, failed);
  };
  const make = async () => {
    try {
      const made = await call<Named>("POST", "/groups", { body: { name: typed.trim() } });
      setTyped("");
      await queries.invalidateQueries({ queryKey: keys.all("groups") });
      set([...groups, { id: made.id, name: made.name }]);
    } catch (error) {
      toast.failed(t("customers.groupNotMade"), error);
    }
  };
  const canMake = can("groups:write");
  return (
    <div className="flex flex-wrap items-center gap-1">
      {groups.map((group) => (
        <TagChip
          key={group.id}
          tag={group}
          {...(canUpdate ? { onRemove: () => set(groups.filter((g) => g.id !== group.id)) } : {})}
        />
      ))}
      {groups.length === 0 && !canUpdate && (
        <span className="text-faint">{t("records.empty")}</span>
      )}
      {canUpdate && (
        <Popover
          label={t("customers.groups")}
          className="w-60"
          trigger={
            <Button look="quiet" size="small" icon={Plus}>
              {t("customers.group")}
            </Button>
          }
        >
          <fieldset className="flex max-h-56 flex-col overflow-y-auto">
            <legend className="sr-only">{t("customers.groups")}</legend>
            {all.map(({ id, name }) => (
              <label key={id} className="flex min-h-7 items-center gap-2">
                <input
                  type="checkbox"
                  checked={groups.some((g) => g.id === id)}
                  onChange={(event) =>
                    set(
                      event.target.checked
                        ? [...groups, { id, name }]
                        : groups.filter((g) => g.id !== id),
                    )
                  }
                  className="size-4 accent-accent"
                />
                <span dir="auto">{name}</span>
              </label>
            ))}
            {all.length === 0 && <p className="text-muted">{t("customers.noGroups")}</p>}
          </fieldset>
          {canMake && (
            <form
              className="mt-2 flex gap-2"
              onSubmit={(event) => {
                event.preventDefault();
                if (typed.trim()) void make();
              }}
            >
              <Input
                aria-label={t("customers.newGroup")}
                placeholder={t("customers.newGroup")}
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
                autoComplete="off"
                dir="auto"
              />
              <Button type="submit" disabled={typed.trim() === ""}>
                {t("customers.makeGroup")}
              </Button>
            </form>
          )}
        </Popover>
      )}
    </div>
  );
}
