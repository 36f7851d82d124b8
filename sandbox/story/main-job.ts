import { insist, insistOnWrites, type Step } from './scene.ts';

/** A group, a role, a link: and the role is there. */
export const mainJob: Step[] = [
  {
    title: 'Mira, of the board, types /group create Pilots',
    play: async ({ run, answer, people }) => {
      await answer(run(people.mira, 'group create', { name: 'Pilots' }), /Created the group/);
      return 'the group exists; Discord is as it was';
    },
  },
  {
    title: 'She types /map add: Pilots get @Pilot. She reads the preview and presses its button',
    play: async ({ run, answer, people, roles, watchWrites }) => {
      const writes = watchWrites();
      const preview = run(people.mira, 'map add', { group: 'Pilots', role: roles.pilot.id });
      await answer(preview, /would get/);
      await answer(await preview.click('Add mapping'), /Added/);
      insistOnWrites(writes(), 0);
      return 'the mapping stands; nobody is in the group yet, so no role has changed';
    },
  },
  {
    title: 'She puts Ada into the group. Ada has not linked yet, so the membership waits',
    play: async ({ run, answer, people, roles, holds, rolesOf }) => {
      await answer(run(people.mira, 'group add', { group: 'Pilots', user: people.ada.id }), /waits for the link/);
      insist(!holds(people.ada, roles.pilot), 'Ada got @Pilot without a link');
      return rolesOf(people.ada);
    },
  },
  {
    title: 'Ada types /link, opens the page, says yes at Discord and comes back',
    play: async ({ link, people, roles, untilHolds, untilQuiet, rolesOf, watchWrites }) => {
      const writes = watchWrites();
      const page = await link(people.ada);
      insist(/linked as Ada Lindt/.test(page), `the page should welcome Ada, but says: ${page}`);
      await untilHolds(people.ada, roles.pilot);
      await untilQuiet();
      insistOnWrites(writes(), 1);
      return `${rolesOf(people.ada)} (one write call)`;
    },
  },
  {
    title: 'Ben links first and joins the group afterwards: his role follows at once',
    play: async ({ link, run, answer, people, roles, untilHolds, untilQuiet, rolesOf, watchWrites }) => {
      const writes = watchWrites();
      await link(people.ben);
      await answer(run(people.mira, 'group add', { group: 'Pilots', user: people.ben.id }), /is now in/);
      await untilHolds(people.ben, roles.pilot);
      await untilQuiet();
      insistOnWrites(writes(), 1);
      return `${rolesOf(people.ben)} (one write call)`;
    },
  },
  {
    title: 'Pia is a Pilot and has linked, but has yet to accept the rules: her role waits until she does',
    play: async ({ discord, guild, link, run, answer, people, roles, holds, untilHolds, untilQuiet, rolesOf }) => {
      await answer(run(people.mira, 'group add', { group: 'Pilots', user: people.pia.id }), /waits for the link/);
      await link(people.pia);
      await untilQuiet();
      insist(!holds(people.pia, roles.pilot), 'Pia got @Pilot while she was pending');
      discord.world.completeScreening(guild.id, people.pia.id);
      await untilHolds(people.pia, roles.pilot);
      return rolesOf(people.pia);
    },
  },
];
