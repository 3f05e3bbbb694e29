import type { AnyDevice } from "../../../simulation/devices/registry.ts";
import { devicesOf, type UserRecord, type World } from "../../../simulation/world/world.ts";
import { type Html, html } from "../../shared/html.ts";
import { deviceSeries, titleFor } from "./chart/device-series.ts";
import { figureView } from "./chart/figure.ts";
import { householdSeries } from "./chart/household-series.ts";
import { nameOf } from "./shared/device-view.ts";

/**
 * The chart of a device, which must be up to date. In a large fleet its history begins with the first look.
 *
 * @param query The query of the page: `span` chooses the length of time, `zone=local` the time of the device's place.
 */
export function chartView(
  world: World,
  device: AnyDevice | undefined,
  query: URLSearchParams,
): Html {
  if (device === undefined)
    return section("Chart", null, html`<p class="hint">No device chosen.</p>`);
  const { history } = world;
  history.look(device);
  const name = nameOf(device.wire);
  const figure = figureView({
    id: "chart",
    name: `${name} of ${device.wire.userId}`,
    series: deviceSeries(device.kind, history.of(device)),
    markers: history.markersOf(device),
    now: world.now(),
    timezone: timezoneOf(world, device),
    query,
  });
  return section(titleFor(device.kind), name, figure);
}

/** The power of all parts of a user's home, or null when it has less than two. Its devices must be up to date. */
export function householdChart(
  world: World,
  user: UserRecord,
  query: URLSearchParams,
): Html | null {
  for (const device of devicesOf(user)) world.history.look(device);
  const series = householdSeries(world, user);
  if (series.length < 2) return null;
  const markers = devicesOf(user)
    .flatMap((device) =>
      world.history.markersOf(device).map(({ at, text }) => ({
        at,
        text: `${nameOf(device.wire)}: ${text}`,
      })),
    )
    .sort((one, other) => one.at - other.at);
  const figure = figureView({
    id: "household",
    name: `the home of ${user.id}`,
    series,
    markers,
    now: world.now(),
    timezone: world.siteOf(user).timezone,
    query,
  });
  return html`<section class="panel" id="household" data-part aria-labelledby="household-title">
<header><h2 id="household-title">Power of the home</h2><p class="hint">Above zero takes, below zero supplies: the grid is the sum of the rest.</p></header>
${figure}
</section>`;
}

/** The time zone of the place where a device is, as far as it is known, and else of its user's home. */
function timezoneOf(world: World, { wire }: AnyDevice): string {
  const place = wire.location.id === null ? undefined : world.timezoneOf(wire.location.id);
  const user = world.users.get(wire.userId);
  return place ?? (user === undefined ? "UTC" : world.siteOf(user).timezone);
}

function section(title: string, name: string | null, content: Html): Html {
  return html`<section class="panel" id="chart" data-part aria-labelledby="chart-title">
<header><h2 id="chart-title">${title}</h2>${name !== null && html`<span class="badge">${name}</span>`}</header>
${content}
</section>`;
}
