import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterAnswer, HEALTHY, mayWrite, type Health } from '../../src/core/breaker.ts';
import { at } from '../support/core-worlds.ts';

type Answer = Parameters<typeof afterAnswer>[1];

/** The health after these answers, all at NOW. */
function after(...answers: Answer[]): Health {
  return answers.reduce((health, answer) => afterAnswer(health, answer, at(0)).health, HEALTHY);
}

/** What changed with each of these answers. */
function transitions(answers: Answer[]): ReturnType<typeof afterAnswer>['transition'][] {
  let health = HEALTHY;
  return answers.map((answer) => {
    const next = afterAnswer(health, answer, at(0));
    health = next.health;
    return next.transition;
  });
}

const PAUSED = after('forbidden', 'forbidden', 'forbidden');

/** Sends the probe that is due so many seconds after NOW and takes its answer in the same second. */
function probe(health: Health, seconds: number, answer: Answer): ReturnType<typeof afterAnswer> {
  const { health: probing, may } = mayWrite(health, at(seconds));
  expect(may).toBe(true);
  return afterAnswer(probing, answer, at(seconds));
}

/** The first second from the given one on at which a write may go. */
function nextWrite(health: Health, from = 0): number {
  let seconds = from;
  while (!mayWrite(health, at(seconds)).may) seconds += 1;
  return seconds;
}

describe('afterAnswer', () => {
  it.each<{ name: string; answers: Answer[]; status: Health['status'] }>([
    { name: 'starts healthy', answers: [], status: 'closed' },
    { name: 'bears two refusals', answers: ['forbidden', 'unauthorized'], status: 'closed' },
    { name: 'pauses the guild at the third', answers: ['forbidden', 'guild_gone', 'unauthorized'], status: 'open' },
    {
      name: 'begins to count anew after a success',
      answers: ['forbidden', 'forbidden', 'ok', 'forbidden', 'forbidden'],
      status: 'closed',
    },
    {
      name: 'does not let an answer that tells nothing break the row',
      answers: ['forbidden', 'nothing', 'forbidden', 'nothing', 'forbidden'],
      status: 'open',
    },
    { name: 'does not mind answers that tell nothing', answers: ['nothing', 'nothing', 'nothing'], status: 'closed' },
    {
      name: 'opens again for a success that was on its way',
      answers: ['forbidden', 'forbidden', 'forbidden', 'ok'],
      status: 'closed',
    },
  ])('$name', ({ answers, status }) => expect(after(...answers).status).toBe(status));

  it('says why and since when a guild is paused', () => {
    expect(PAUSED).toMatchObject({ status: 'open', why: 'forbidden', since: at(0), probeAt: at(60) });
    const { health } = probe(PAUSED, 75, 'guild_gone');
    expect(health).toMatchObject({ status: 'open', why: 'guild_gone', since: at(0), probeAt: at(75 + 120) });
  });

  it('tells of each pause and each end of it once', () => {
    expect(transitions(['ok', 'forbidden', 'forbidden', 'forbidden', 'forbidden', 'nothing'])).toEqual([
      null,
      null,
      null,
      'opened',
      null,
      null,
    ]);
    expect(transitions(['forbidden', 'forbidden', 'forbidden', 'ok', 'ok'])).toEqual([
      null,
      null,
      'opened',
      'closed',
      null,
    ]);
  });

  it('leaves the next probe where it was when an older write is refused late', () => {
    expect(afterAnswer(PAUSED, 'forbidden', at(50)).health).toEqual(PAUSED);
    expect(afterAnswer(PAUSED, 'nothing', at(50)).health).toEqual(PAUSED);
  });
});

describe('mayWrite', () => {
  it('lets everything through while the guild is healthy', () => {
    expect(mayWrite(after('forbidden', 'forbidden'), at(0))).toEqual({
      health: after('forbidden', 'forbidden'),
      may: true,
    });
  });

  it('lets nothing through before the probe is due', () => {
    expect(mayWrite(PAUSED, at(59))).toEqual({ health: PAUSED, may: false });
    expect(nextWrite(PAUSED)).toBe(60);
  });

  it('lets the probe through when the clock was set back: it can never be due so late', () => {
    expect(mayWrite(PAUSED, at(60 - 15 * 60)).may).toBe(false);
    const { health, may } = mayWrite(PAUSED, at(59 - 15 * 60));
    expect(may).toBe(true);
    expect(nextWrite(health, 59 - 15 * 60)).toBe(119 - 15 * 60);
  });

  it('lets exactly one probe through when it is due', () => {
    const { health, may } = mayWrite(PAUSED, at(60));
    expect(may).toBe(true);
    expect(mayWrite(health, at(61)).may).toBe(false);
  });

  it('lets another one through if the first is never heard of again', () => {
    const { health } = mayWrite(PAUSED, at(60));
    expect(nextWrite(health, 60)).toBe(120);
  });

  it('waits for it as long as the pause has become', () => {
    const { health } = mayWrite(probe(PAUSED, 60, 'forbidden').health, at(180));
    expect(nextWrite(health, 180)).toBe(300);
  });

  it('takes one answer for the probe, and no other one after it', () => {
    for (const answer of ['forbidden', 'nothing'] as const) {
      const { health } = probe(PAUSED, 60, answer);
      expect(afterAnswer(health, 'forbidden', at(61)).health).toEqual(health);
    }
  });

  it('lets the next write probe when the first one told nothing', () => {
    expect(nextWrite(probe(PAUSED, 60, 'nothing').health, 60)).toBe(60);
  });

  it('lets everything through after a probe that worked', () => {
    const { health, transition } = probe(PAUSED, 60, 'ok');
    expect([health, transition]).toEqual([HEALTHY, 'closed']);
  });

  it('doubles the pause after each probe that failed, up to a quarter of an hour', () => {
    let health = PAUSED;
    let seconds = 0;
    const pauses: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      const due = nextWrite(health, seconds);
      pauses.push(due - seconds);
      seconds = due;
      health = probe(health, seconds, 'forbidden').health;
    }
    expect(pauses).toEqual([60, 120, 240, 480, 900, 900, 900]);
  });

  it('begins with a minute again when the guild is paused anew', () => {
    const worse = probe(probe(PAUSED, 60, 'forbidden').health, 180, 'ok').health;
    const anew = ['forbidden', 'forbidden', 'forbidden'] as const;
    const health = anew.reduce<Health>((now, answer) => afterAnswer(now, answer, at(200)).health, worse);
    expect(nextWrite(health, 200)).toBe(260);
  });
});

it('spends at most one write a minute on a guild that refuses everything, once paused', () => {
  const steps = fc.array(fc.record({ waits: fc.nat(200), answers: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (all) => {
      let health = PAUSED;
      let seconds = 0;
      const sent: number[] = [];
      for (const { waits, answers } of all) {
        seconds += waits;
        const asked = mayWrite(health, at(seconds));
        health = asked.health;
        if (asked.may) sent.push(seconds);
        if (asked.may && answers) health = afterAnswer(health, 'forbidden', at(seconds)).health;
      }
      for (const [index, second] of sent.entries()) expect(second - (sent[index - 1] ?? 0)).toBeGreaterThanOrEqual(60);
    }),
  );
});
