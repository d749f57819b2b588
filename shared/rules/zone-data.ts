/**
 * Where clocks differ in the United States and the North American Numbering Plan, as data. Zones that keep
 * the same time today are written as one (Louisville and Detroit as New York): fewer clocks to intersect.
 *
 * Sources: 49 CFR part 71 (zone boundaries), USPS Publication 65 (ZIP prefixes), NANPA's area code map.
 * Reviewed 2026-11. An area code that is split by a boundary, or a town that keeps its neighbour's time
 * (Phenix City AL), has both zones: a zone too many costs an hour, one too few wakes somebody up.
 */
const EASTERN = 'America/New_York';
const INDIANA = 'America/Indiana/Indianapolis';
const CENTRAL = 'America/Chicago';
const MOUNTAIN = 'America/Denver';
const BOISE = 'America/Boise';
/** No daylight saving time; the Navajo Nation within Arizona does keep it. */
const ARIZONA = 'America/Phoenix';
const PACIFIC = 'America/Los_Angeles';
const ALASKA = 'America/Anchorage';
const ALEUTIANS = 'America/Adak';
const HAWAII = 'Pacific/Honolulu';
/** UTC-4 all year: also most islands of the plan. */
const ATLANTIC = 'America/Puerto_Rico';
const JAMAICA = 'America/Jamaica';
const HALIFAX = 'America/Halifax';
const TORONTO = 'America/Toronto';
const WINNIPEG = 'America/Winnipeg';
const EDMONTON = 'America/Edmonton';
const VANCOUVER = 'America/Vancouver';

type Zones = readonly string[];

/** States, the District of Columbia and territories. */
export const STATE_ZONES: Readonly<Record<string, Zones>> = {
	AL: [CENTRAL],
	AK: [ALASKA, ALEUTIANS],
	AZ: [ARIZONA, MOUNTAIN],
	AR: [CENTRAL],
	CA: [PACIFIC],
	CO: [MOUNTAIN],
	CT: [EASTERN],
	DE: [EASTERN],
	DC: [EASTERN],
	FL: [EASTERN, CENTRAL],
	GA: [EASTERN],
	HI: [HAWAII],
	ID: [BOISE, PACIFIC],
	IL: [CENTRAL],
	IN: [INDIANA, CENTRAL],
	IA: [CENTRAL],
	KS: [CENTRAL, MOUNTAIN],
	KY: [EASTERN, CENTRAL],
	LA: [CENTRAL],
	ME: [EASTERN],
	MD: [EASTERN],
	MA: [EASTERN],
	MI: [EASTERN, CENTRAL],
	MN: [CENTRAL],
	MS: [CENTRAL],
	MO: [CENTRAL],
	MT: [MOUNTAIN],
	NE: [CENTRAL, MOUNTAIN],
	NV: [PACIFIC, MOUNTAIN],
	NH: [EASTERN],
	NJ: [EASTERN],
	NM: [MOUNTAIN],
	NY: [EASTERN],
	NC: [EASTERN],
	ND: [CENTRAL, MOUNTAIN],
	OH: [EASTERN],
	OK: [CENTRAL],
	OR: [PACIFIC, BOISE],
	PA: [EASTERN],
	RI: [EASTERN],
	SC: [EASTERN],
	SD: [CENTRAL, MOUNTAIN],
	TN: [CENTRAL, EASTERN],
	TX: [CENTRAL, MOUNTAIN],
	UT: [MOUNTAIN],
	VT: [EASTERN],
	VA: [EASTERN],
	WA: [PACIFIC],
	WV: [EASTERN],
	WI: [CENTRAL],
	WY: [MOUNTAIN],
	PR: [ATLANTIC],
	VI: [ATLANTIC],
	GU: ['Pacific/Guam'],
	MP: ['Pacific/Guam'],
	AS: ['Pacific/Pago_Pago'],
};

/** The first three digits of a ZIP code, in rising ranges. Prefixes in no range are unassigned or military: their place is unknown. */
export const ZIP_STATES: readonly (readonly [from: number, to: number, state: string])[] = [
	[5, 5, 'NY'],
	[6, 7, 'PR'],
	[8, 8, 'VI'],
	[9, 9, 'PR'],
	[10, 27, 'MA'],
	[28, 29, 'RI'],
	[30, 38, 'NH'],
	[39, 49, 'ME'],
	[50, 54, 'VT'],
	[55, 55, 'MA'],
	[56, 59, 'VT'],
	[60, 69, 'CT'],
	[70, 89, 'NJ'],
	[100, 149, 'NY'],
	[150, 196, 'PA'],
	[197, 199, 'DE'],
	[200, 200, 'DC'],
	[201, 201, 'VA'],
	[202, 205, 'DC'],
	[206, 219, 'MD'],
	[220, 246, 'VA'],
	[247, 268, 'WV'],
	[270, 289, 'NC'],
	[290, 299, 'SC'],
	[300, 319, 'GA'],
	[320, 339, 'FL'],
	[341, 349, 'FL'],
	[350, 369, 'AL'],
	[370, 385, 'TN'],
	[386, 397, 'MS'],
	[398, 399, 'GA'],
	[400, 427, 'KY'],
	[430, 459, 'OH'],
	[460, 479, 'IN'],
	[480, 499, 'MI'],
	[500, 528, 'IA'],
	[530, 549, 'WI'],
	[550, 567, 'MN'],
	[569, 569, 'DC'],
	[570, 577, 'SD'],
	[580, 588, 'ND'],
	[590, 599, 'MT'],
	[600, 629, 'IL'],
	[630, 658, 'MO'],
	[660, 679, 'KS'],
	[680, 693, 'NE'],
	[700, 714, 'LA'],
	[716, 729, 'AR'],
	[730, 732, 'OK'],
	[733, 733, 'TX'],
	[734, 749, 'OK'],
	[750, 799, 'TX'],
	[800, 816, 'CO'],
	[820, 831, 'WY'],
	[832, 838, 'ID'],
	[840, 847, 'UT'],
	[850, 865, 'AZ'],
	[870, 884, 'NM'],
	[885, 885, 'TX'],
	[889, 898, 'NV'],
	[900, 961, 'CA'],
	[967, 968, 'HI'],
	[969, 969, 'GU'],
	[970, 979, 'OR'],
	[980, 994, 'WA'],
	[995, 999, 'AK'],
];

/** Whole ZIP codes that are not where their prefix is. The other codes of 969 are island states with zones of their own. */
export const ZIP_EXCEPTIONS: readonly (readonly [from: number, to: number, state: string])[] = [
	[96_799, 96_799, 'AS'],
	[96_933, 96_949, 'elsewhere'],
	[96_950, 96_952, 'MP'],
	[96_953, 96_999, 'elsewhere'],
];

/** Where a prefix says more than its state does: the big split states, and towns on their neighbours' time (Phenix City AL, Kenton OK, Hyder AK). */
export const ZIP_ZONES: readonly (readonly [from: number, to: number, zones: Zones])[] = [
	[320, 323, [EASTERN]],
	[324, 324, [EASTERN, CENTRAL]],
	[325, 325, [CENTRAL]],
	[326, 349, [EASTERN]],
	[368, 368, [CENTRAL, EASTERN]],
	[370, 372, [CENTRAL]],
	[374, 374, [EASTERN]],
	[375, 375, [CENTRAL]],
	[376, 376, [EASTERN]],
	[377, 377, [EASTERN, CENTRAL]],
	[378, 379, [EASTERN]],
	[380, 385, [CENTRAL]],
	[733, 733, [CENTRAL]],
	[739, 739, [CENTRAL, MOUNTAIN]],
	[750, 797, [CENTRAL]],
	[799, 799, [MOUNTAIN]],
	[885, 885, [MOUNTAIN]],
	[999, 999, [ALASKA, PACIFIC]],
];

/** Geographic area codes. Toll-free, personal and premium codes are absent: they say nothing about a place. */
export const AREA_CODES: readonly (readonly [zones: Zones, codes: string])[] = [
	[
		[EASTERN],
		'203 475 860 959 302 202 771 ' + // CT DE DC
			'239 305 321 324 352 386 407 561 645 656 689 727 728 754 772 786 813 863 904 941 954 ' + // FL but its panhandle
			'229 404 470 478 678 706 762 770 912 943 502 859 207 ' + // GA KY ME
			'227 240 301 410 443 667 339 351 413 508 617 774 781 857 978 ' + // MD MA
			'231 248 269 313 517 586 616 679 734 810 947 989 603 ' + // MI but its west, NH
			'201 551 609 640 732 848 856 862 908 973 ' + // NJ
			'212 315 329 332 347 363 465 516 518 585 607 624 631 646 680 716 718 838 845 914 917 929 934 ' + // NY
			'252 336 472 704 743 828 910 919 980 984 ' + // NC
			'216 220 234 283 326 330 380 419 436 440 513 567 614 740 937 ' + // OH
			'215 223 267 272 412 445 484 570 582 610 717 724 814 835 878 401 ' + // PA RI
			'803 821 839 843 854 864 865 802 ' + // SC, TN's east, VT
			'276 434 540 571 686 703 757 804 826 948 304 681 ' + // VA WV
			'242 649', // Bahamas, Turks and Caicos
	],
	[[INDIANA], '260 317 463 765'],
	[[INDIANA, CENTRAL], '219 574 812 930'],
	[[EASTERN, CENTRAL], '850 448 270 364 606 906 423 729 334 483'], // FL KY MI TN AL
	[
		[CENTRAL],
		'205 251 256 659 938 327 479 501 870 ' + // AL AR
			'217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 861 872 ' + // IL
			'319 515 563 641 712 316 913 225 318 337 457 504 985 ' + // IA KS LA
			'218 320 507 612 651 763 924 952 228 601 662 769 ' + // MN MS
			'235 314 417 557 573 636 660 816 975 402 531 ' + // MO NE
			'405 539 572 580 918 615 629 731 901 931 ' + // OK TN
			'210 214 254 281 325 346 361 409 430 432 469 512 621 682 713 726 737 806 817 830 832 903 936 940 945 956 972 979 ' + // TX
			'262 274 353 414 534 608 715 920', // WI
	],
	[[CENTRAL, MOUNTAIN], '620 785 308 701 605'], // KS NE ND SD
	[[MOUNTAIN], '303 719 720 748 970 983 406 505 575 915 385 435 801 307'], // CO MT NM TX UT WY
	[[ARIZONA], '480 520 602 623'],
	[[ARIZONA, MOUNTAIN], '928'],
	[[BOISE, PACIFIC], '208 986 541 458'], // ID OR
	[[PACIFIC, MOUNTAIN], '775'],
	[
		[PACIFIC],
		'209 213 279 310 323 341 350 357 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 747 760 805 818 820 831 837 840 858 909 916 925 949 951 ' + // CA
			'702 725 503 971 206 253 360 425 509 564', // NV OR WA
	],
	[[ALASKA, ALEUTIANS], '907'],
	[[HAWAII], '808'],
	[['Pacific/Guam'], '671 670'],
	[['Pacific/Pago_Pago'], '684'],
	[[ATLANTIC], '787 939 340 246 264 268 284 473 664 721 758 767 784 809 829 849 868 869'],
	[[JAMAICA], '345 658 876'],
	[['Atlantic/Bermuda'], '441'],
	[[HALIFAX], '428 506 782 902'],
	[['America/St_Johns', HALIFAX], '709 879'],
	[[TORONTO, HALIFAX], '273 367 418 581'],
	[[TORONTO], '226 249 263 289 343 354 365 382 416 437 438 450 468 514 519 548 579 613 647 683 705 742 753 819 873 905 942'],
	[[TORONTO, WINNIPEG], '807'],
	[[WINNIPEG], '204 431 584'],
	[['America/Regina', EDMONTON], '306 474 639'],
	[[EDMONTON], '368 403 587 780 825'],
	[[VANCOUVER], '604'],
	[[VANCOUVER, EDMONTON], '236 250 257 672 778'],
	[['America/Whitehorse', EDMONTON, WINNIPEG, TORONTO], '867'],
];
