import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Adjustment } from '../../../shared/contracts/facts.ts';
import { patientShare } from '../../../shared/rules/denials/lines.ts';
import { type NettableClaim, netClaims } from '../../../shared/rules/denials/netting.ts';

interface Amounts {
	paidMinor: number;
	patientMinor: number;
	contractualMinor: number;
}

/** A claim whose charge is what its amounts add up to; taken back, every sign is turned. */
function claim(position: number, amounts: Amounts, isReversal = false): NettableClaim {
	const sign = isReversal ? -1 : 1;
	const adjustments: Adjustment[] = [
		{ group: 'PR', code: '2', amountMinor: sign * amounts.patientMinor },
		{ group: 'CO', code: '45', amountMinor: sign * amounts.contractualMinor },
	];
	return {
		position,
		number: '10',
		payerClaim: 'P1',
		status: isReversal ? '22' : '1',
		chargeMinor: sign * (amounts.paidMinor + amounts.patientMinor + amounts.contractualMinor),
		paidMinor: sign * amounts.paidMinor,
		adjustments: [],
		lines: [{ adjustments }],
	};
}

const money = ({ paidMinor, chargeMinor, lines }: NettableClaim) => ({
	charge: chargeMinor,
	paid: paidMinor,
	patient: lines.reduce((sum, { adjustments }) => sum + patientShare(adjustments), 0),
});
const sum = (claims: readonly NettableClaim[]) =>
	claims.map(money).reduce((all, one) => ({ charge: all.charge + one.charge, paid: all.paid + one.paid, patient: all.patient + one.patient }), {
		charge: 0,
		paid: 0,
		patient: 0,
	});

const amounts = fc.record({ paidMinor: fc.integer({ min: 1, max: 500_000 }), patientMinor: fc.nat(500_000), contractualMinor: fc.nat(500_000) });

describe('reversals and corrections', () => {
	it('conserve money: whatever the sequence, all of it nets to the last that stands', () => {
		fc.assert(
			fc.property(fc.array(amounts, { minLength: 1, maxLength: 12 }), fc.boolean(), (versions, endsReversed) => {
				// Original, then reversal and correction, again and again; perhaps taken back for good.
				const sequence = versions.flatMap((version, index) => [claim(2 * index, version), claim(2 * index + 1, version, true)]);
				const claims = endsReversed ? sequence : sequence.slice(0, -1);
				const standing = netClaims(claims).claims.filter(({ status }) => status !== '22');
				expect(sum(standing)).toEqual(sum(claims));
				expect(standing.map(money)).toEqual(endsReversed ? [] : [money(claims.at(-1) as NettableClaim)]);
			}),
		);
	});

	it('conserve money over several files: each nets to the last, read one after the other', () => {
		fc.assert(
			fc.property(fc.array(amounts, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(30), { maxLength: 6 }), (versions, cuts) => {
				const claims = versions.flatMap((version, index) => [
					...(index === 0 ? [] : [claim(2 * index - 1, versions[index - 1] as Amounts, true)]),
					claim(2 * index, version),
				]);
				const edges = [0, ...cuts.map((cut) => cut % (claims.length + 1)).sort((a, b) => a - b), claims.length];
				// What a ledger keeps: of one claim number the last word of each file.
				let kept: NettableClaim | undefined;
				for (const [index, to] of edges.slice(1).entries()) {
					for (const found of netClaims(claims.slice(edges[index], to)).claims) kept = found;
				}
				expect(kept?.status).toBe('1');
				expect(money(kept as NettableClaim)).toEqual(money(claims.at(-1) as NettableClaim));
				expect(money(kept as NettableClaim)).toEqual(sum(claims));
			}),
		);
	});

	it('touch no other claim, whatever its order', () => {
		fc.assert(
			fc.property(fc.array(fc.tuple(fc.nat(4), amounts), { maxLength: 12 }), (others) => {
				const claims = others.map(([number, version], index) => ({ ...claim(index, version), number: `${number}`, payerClaim: `P${index}` }));
				expect(netClaims(claims)).toEqual({ claims, nettedReversals: 0, repeated: [] });
			}),
		);
	});

	it('are not made up: the same numbers without a reversal are separate claims, and are named', () => {
		const [first, second] = [
			claim(3, { paidMinor: 100, patientMinor: 0, contractualMinor: 0 }),
			claim(5, { paidMinor: 90, patientMinor: 10, contractualMinor: 0 }),
		];
		expect(netClaims([first, second])).toEqual({ claims: [first, second], nettedReversals: 0, repeated: [3, 5] });
	});

	it('leave one reversal of several when nothing stands, and count the others', () => {
		const version = { paidMinor: 100, patientMinor: 0, contractualMinor: 0 };
		const { payerClaim: _none, ...bare } = claim(0, version, true);
		expect(netClaims([bare, { ...bare, position: 1 }])).toEqual({ claims: [{ ...bare, position: 1 }], nettedReversals: 1, repeated: [] });
	});
});
