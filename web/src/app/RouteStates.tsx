import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import Bug from "lucide-react/icons/bug";
import SearchX from "lucide-react/icons/search-x";
import type { ReactNode } from "react";
import { ApiError, OfflineError } from "@/api/errors";
import { t } from "@/messages";
import { Button } from "@/ui/Button";
import { EmptyState, FailedState, SkeletonRows } from "@/ui/states";

/** A failure or dead end outside the app's frame gets a landmark of its own. */
export function RootFailed(props: ErrorComponentProps): ReactNode {
  return (
    <main>
      <h1 className="sr-only">{t("shell.product")}</h1>
      <RouteFailed {...props} />
    </main>
  );
}

export function RootMissing(): ReactNode {
  return (
    <main>
      <h1 className="sr-only">{t("shell.product")}</h1>
      <RouteMissing />
    </main>
  );
}

/** Stands where a screen failed to load or broke; the rest of the app goes on. */
export function RouteFailed({ error, reset }: ErrorComponentProps): ReactNode {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  if (error instanceof ApiError || error instanceof OfflineError) {
    return <FailedState error={error} onRetry={retry} />;
  }
  return (
    <div role="alert">
      <EmptyState
        icon={Bug}
        title={t("ui.crashed")}
        action={<Button onClick={retry}>{t("ui.retry")}</Button>}
      >
        <p>{t("ui.crashedHint")}</p>
        <p className="mt-2 font-mono text-xs break-all text-faint">{String(error)}</p>
      </EmptyState>
    </div>
  );
}

export function RouteMissing(): ReactNode {
  return (
    <EmptyState
      icon={SearchX}
      title={t("ui.notFound")}
      action={
        <Link to="/inbox" className="font-medium text-accent-text underline">
          {t("inbox.title")}
        </Link>
      }
    >
      {t("ui.notFoundHint")}
    </EmptyState>
  );
}

export function RoutePending(): ReactNode {
  return (
    <div className="pt-11">
      <SkeletonRows />
    </div>
  );
}
