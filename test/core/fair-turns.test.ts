import { describe, expect, it } from "vitest";
import { FairTurns } from "../../src/core/fair-turns.ts";
import type { Turn } from "../../src/core/wait-queue.ts";

type Named = Turn & { readonly name: string };

const turnOf = (name: string): Named => ({ name, userId: name[0], due: 0 });

function queue(...names: readonly string[]) {
  const turns = new FairTurns();
  const byName = new Map(names.map((name) => [name, turnOf(name)]));
  for (const turn of byName.values()) turns.add(turn);
  const leave = (name: string) => turns.delete(byName.get(name) ?? turnOf(name));
  /** Lets one after the other through. */
  const order = () => {
    const names: string[] = [];
    for (let [next] = turns; next; [next] = turns) {
      names.push((next as Named).name);
      turns.delete(next);
    }
    return names;
  };
  return { turns, leave, order };
}

describe("turns by end user", () => {
  it("let each user's first call wait for one call of each other user", () => {
    expect(queue("a1", "a2", "a3", "a4", "b1", "c1", "b2").order()).toEqual([
      "a1",
      "b1",
      "c1",
      "a2",
      "b2",
      "a3",
      "a4",
    ]);
  });

  it("let a user who comes later wait for one turn only", () => {
    const { turns, leave, order } = queue("a1", "a2", "a3", "a4");
    leave("a1");
    turns.add(turnOf("b1"));

    expect(order()).toEqual(["a2", "b1", "a3", "a4"]);
  });

  it("are those of the user although other calls of that user give up", () => {
    const { leave, order } = queue("a1", "b1", "b2", "c1");
    leave("b2");

    expect(order()).toEqual(["a1", "b1", "c1"]);
  });

  it("do not change when a call gives up that was not there", () => {
    const { leave, order } = queue("a1", "a2", "b1");
    leave("a9");

    expect(order()).toEqual(["a1", "b1", "a2"]);
  });

  it("are kept by a call that is added again", () => {
    const turns = new FairTurns();
    const [first, second] = [turnOf("a1"), turnOf("a2")];
    for (const turn of [first, second, first]) turns.add(turn);

    expect([...turns]).toEqual([first, second]);
  });

  it("leave nothing of a user behind", () => {
    const { turns, order } = queue("a1", "b1");
    order();

    expect(turns.size).toBe(0);
  });

  it("are counted, each once", () => {
    const { turns, leave } = queue("a1", "a2", "b1");
    const [first] = turns;
    if (first) turns.add(first);
    expect(turns.size).toBe(3);

    leave("a2");
    leave("a9");

    expect(turns.size).toBe(2);
  });
});
