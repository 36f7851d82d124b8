import { insist, type Step } from './scene.ts';
import { until } from './until.ts';

/** What happens to a role afterwards, and how it stays true. */
export const upkeep: Step[] = [
  {
    title: 'Tom, a moderator, takes @Pilot away from Ada by hand. It comes back',
    play: async ({ discord, guild, people, roles, holds, untilHolds, rolesOf }) => {
      discord.world.takeRole(guild.id, people.ada.id, roles.pilot.id, { by: people.tom.id });
      insist(!holds(people.ada, roles.pilot), 'Tom could not take the role');
      await untilHolds(people.ada, roles.pilot);
      return rolesOf(people.ada);
    },
  },
  {
    title: 'Tom asks /why Ada has @Pilot',
    play: async ({ run, answer, people, roles, readable }) => {
      const said = await answer(run(people.tom, 'why', { user: people.ada.id, role: roles.pilot.id }), /has\*\*/);
      insist(said.includes('Pilots'), `the explanation should name the group, but says:\n${said}`);
      return readable(said);
    },
  },
  {
    title: 'Ada leaves the server and joins it again. The role is back',
    play: async ({ discord, guild, people, roles, untilHolds, rolesOf }) => {
      discord.world.leave(guild.id, people.ada.id);
      insist(!guild.members.has(people.ada.id), 'Ada is still there');
      discord.world.join(guild.id, people.ada.id);
      await untilHolds(people.ada, roles.pilot);
      return rolesOf(people.ada);
    },
  },
  {
    title: 'Mira maps @Honorary Member, which stands above the bot. /doctor says so, and nothing doomed is tried',
    play: async ({ discord, run, answer, people, roles, holds, untilQuiet, rolesOf, readable }) => {
      await answer(run(people.mira, 'group create', { name: 'Honorary' }), /Created the group/);
      const preview = run(people.mira, 'map add', { group: 'Honorary', role: roles.honorary.id });
      await answer(preview, /Add the mapping/);
      await answer(await preview.click('Add mapping'), /Added/);
      await answer(run(people.mira, 'group add', { group: 'Honorary', user: people.ada.id }), /is now in/);
      const said = await answer(run(people.mira, 'doctor'), /Server Settings > Roles/);
      await untilQuiet();
      insist(!holds(people.ada, roles.honorary), 'the bot gave a role above its own');
      insist(discord.requests.count({ status: 403 }) === 0, 'the bot ran into a 403');
      const advice = said.split('\n').find((line) => line.includes('Server Settings')) ?? said;
      return `${readable(advice)}\n${rolesOf(people.ada)}; no 403 on the wire`;
    },
  },
  {
    title: 'Mira takes Ada out of the group. The role goes, everything else stays',
    play: async ({ run, answer, people, roles, untilLacks, holds, rolesOf }) => {
      await answer(run(people.mira, 'group remove', { group: 'Pilots', user: people.ada.id }), /Pilots/);
      await untilLacks(people.ada, roles.pilot);
      insist(holds(people.ben, roles.pilot), 'Ben lost @Pilot as well');
      return `${rolesOf(people.ada)}; ${rolesOf(people.ben)}`;
    },
  },
  {
    title: 'Pia types /unlink and confirms. What the bot gave her goes, and so does its access to her account',
    play: async ({ discord, run, answer, people, roles, untilLacks, rolesOf }) => {
      const asked = run(people.pia, 'unlink');
      await answer(asked, /Unlink/);
      await answer(await asked.click('Unlink'), /is unlinked/);
      await untilLacks(people.pia, roles.pilot);
      await until(
        'the bot hands its tokens back',
        () => ![...discord.world.accessTokens.values()].some(({ userId }) => userId === people.pia.id),
      );
      return `${rolesOf(people.pia)}; her tokens are revoked`;
    },
  },
];
