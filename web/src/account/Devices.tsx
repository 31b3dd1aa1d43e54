import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Laptop from "lucide-react/icons/laptop";
import Smartphone from "lucide-react/icons/smartphone";
import { type ReactNode, useState } from "react";
import { api, type Schema, unwrap } from "@/api/client";
import { endSession } from "@/api/renew";
import { t } from "@/messages";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { FailedState, Skeleton } from "@/ui/states";
import { toast } from "@/ui/toast";
import { Time } from "@/ui/values";

type Device = Schema<"Session">;

/** Where the person is signed in, with a way to end each session or all of them. */
export function Devices(): ReactNode {
  const devices = useQuery({
    queryKey: ["sessions"],
    queryFn: () => unwrap(api.GET("/auth/sessions")),
  });
  if (devices.isError) {
    return <FailedState error={devices.error} onRetry={() => void devices.refetch()} />;
  }
  if (devices.isPending) {
    return (
      <div className="flex flex-col gap-3">
        <Skeleton className="w-1/2" />
        <Skeleton className="w-1/3" />
      </div>
    );
  }
  return (
    <>
      <ul className="rounded-md border">
        {devices.data.data.map((device) => (
          <DeviceRow key={device.id} device={device} />
        ))}
      </ul>
      <EndAll />
    </>
  );
}

function DeviceRow({ device }: { device: Device }): ReactNode {
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () =>
      unwrap(api.DELETE("/auth/sessions/{id}", { params: { path: { id: device.id } } })),
    onSuccess: () => {
      toast.done(t("account.sessionEnded", { device: device.device }));
      return queries.invalidateQueries({ queryKey: ["sessions"] });
    },
    onError: (error) => toast.failed(t("account.endSessionOf", { device: device.device }), error),
  });
  const Icon = /iphone|android|mobile|phone/i.test(device.device) ? Smartphone : Laptop;
  return (
    <li className="flex items-center gap-3 border-b px-3 py-2 last:border-b-0">
      <Icon size={18} aria-hidden className="shrink-0 text-muted" strokeWidth={1.5} />
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2 font-medium">
          {device.device}
          {device.current && <Badge tone="accent">{t("account.thisDevice")}</Badge>}
        </div>
        <div className="flex flex-wrap gap-x-2 text-sm text-faint">
          <span dir="ltr">{device.address}</span>
          <span>
            {t("account.lastSeen")} <Time at={device.lastSeenAt} />
          </span>
          <span>
            {t("account.signedIn")} <Time at={device.createdAt} />
          </span>
        </div>
      </div>
      {!device.current && (
        <Button
          size="small"
          busy={end.isPending}
          aria-label={t("account.endSessionOf", { device: device.device })}
          onClick={() => end.mutate()}
        >
          {t("account.endSession")}
        </Button>
      )}
    </li>
  );
}

function EndAll(): ReactNode {
  const [asking, setAsking] = useState(false);
  const endAll = useMutation({
    mutationFn: () => unwrap(api.POST("/auth/logout-all")),
    onSuccess: endSession,
    onError: (error) => toast.failed(t("account.endAll"), error),
  });
  return (
    <div>
      <Button onClick={() => setAsking(true)}>{t("account.endAll")}</Button>
      <Dialog
        open={asking}
        onOpenChange={setAsking}
        title={t("account.endAllTitle")}
        description={t("account.endAllText")}
        width="small"
        actions={
          <>
            <Button onClick={() => setAsking(false)}>{t("ui.cancel")}</Button>
            <Button look="danger" busy={endAll.isPending} onClick={() => endAll.mutate()}>
              {t("account.endAll")}
            </Button>
          </>
        }
      />
    </div>
  );
}
