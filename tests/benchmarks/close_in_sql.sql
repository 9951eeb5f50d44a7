-- The day close of the locked-points plan as set-based SQL for PostgreSQL, on tables of its own: what one would write
-- without this package. Each part begins with a line "-- part: NAME"; close_in_sql.py runs them.
-- Amounts are whole numbers of the smallest unit; an award is the exact sum of its products, rounded down once.

-- part: tables
CREATE SCHEMA plain;
CREATE TABLE plain.star (star int PRIMARY KEY, least bigint NOT NULL, rate bigint NOT NULL);
INSERT INTO plain.star VALUES
    (0, 0, 0), (1, 5000000, 10), (2, 20000000, 20), (3, 60000000, 26), (4, 200000000, 32), (5, 600000000, 38),
    (6, 1500000000, 44), (7, 3000000000, 50);
CREATE TABLE plain.member (id bigint PRIMARY KEY, sponsor bigint, star int NOT NULL DEFAULT 0, sales bigint NOT NULL);
CREATE TABLE plain.lot (
    id bigint PRIMARY KEY, member bigint NOT NULL, day int NOT NULL, basis bigint NOT NULL, remaining bigint NOT NULL
);
CREATE TABLE plain.balance (member bigint PRIMARY KEY, locked bigint NOT NULL, available bigint NOT NULL);
CREATE TABLE plain.transfer (
    rule text NOT NULL, member bigint NOT NULL, lot bigint NOT NULL, amount bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (rule, lot)
);
INSERT INTO plain.member
    SELECT m.ordinal, m.sponsor, 0, coalesce(sum(s.cash), 0)
    FROM public.member AS m LEFT JOIN public.sale AS s ON s.member = m.ordinal GROUP BY m.ordinal;
INSERT INTO plain.lot SELECT id, member, day, basis, granted FROM public.lot;
INSERT INTO plain.balance SELECT member, sum(remaining), 0 FROM plain.lot GROUP BY member;
CREATE INDEX ON plain.member (sponsor);
CREATE INDEX ON plain.lot (member, day, id);

-- part: base
-- Every lot that has started releases 1.2 % of its order.
CREATE TEMPORARY TABLE released ON COMMIT DROP AS SELECT 0::bigint AS member, 0::bigint AS amount LIMIT 0;
WITH drawn AS (
    SELECT id, member, least(remaining, basis * 12 / 1000) AS amount
    FROM plain.lot WHERE remaining > 0 AND day < %(day)s AND basis >= 84
), paid AS (
    UPDATE plain.lot SET remaining = remaining - drawn.amount FROM drawn WHERE lot.id = drawn.id
), written AS (
    INSERT INTO plain.transfer SELECT 'base', member, id, amount FROM drawn
)
INSERT INTO released SELECT member, sum(amount) FROM drawn GROUP BY member;
CREATE UNIQUE INDEX ON released (member);
ANALYZE released;

-- part: sharing
CREATE TEMPORARY TABLE earned_sharing ON COMMIT DROP AS
    SELECT member, floor(sum(rate * amount) / 100)::bigint AS amount
    FROM (
        SELECT m.sponsor AS member, 50::bigint AS rate, r.amount
        FROM released AS r JOIN plain.member AS m ON m.id = r.member
        UNION ALL
        SELECT above.sponsor, 30::bigint, r.amount
        FROM released AS r JOIN plain.member AS m ON m.id = r.member JOIN plain.member AS above ON above.id = m.sponsor
    ) AS each
    WHERE member IS NOT NULL GROUP BY member;

-- part: draw
-- Takes what RULE has earned from the earners' own lots, oldest first, as far as they reach.
WITH lots AS (
    SELECT l.id, l.member, l.remaining, e.amount,
        sum(l.remaining) OVER (PARTITION BY l.member ORDER BY l.day, l.id) - l.remaining AS before
    FROM plain.lot AS l JOIN earned_RULE AS e ON e.member = l.member
    WHERE l.remaining > 0 AND l.day < %(day)s
), drawn AS (
    SELECT id, member, least(remaining, amount - before)::bigint AS amount FROM lots WHERE amount > before
), paid AS (
    UPDATE plain.lot SET remaining = remaining - drawn.amount FROM drawn WHERE lot.id = drawn.id
)
INSERT INTO plain.transfer SELECT 'RULE', member, id, amount FROM drawn;

-- part: balances
UPDATE plain.balance AS b SET locked = b.locked - moved.amount, available = b.available + moved.amount
    FROM (SELECT member, sum(amount) AS amount FROM plain.transfer GROUP BY member) AS moved
    WHERE moved.member = b.member;

-- part: stars recursively
-- Everybody beside everybody above them: the one table from which all totals of downlines are sums.
CREATE TEMPORARY TABLE line ON COMMIT DROP AS
    WITH RECURSIVE line (member, above, generation) AS (
        SELECT id, sponsor, 1 FROM plain.member WHERE sponsor IS NOT NULL
        UNION ALL
        SELECT line.member, m.sponsor, line.generation + 1
        FROM line JOIN plain.member AS m ON m.id = line.above WHERE m.sponsor IS NOT NULL
    )
    SELECT member, above, generation FROM line;
ANALYZE line;
UPDATE plain.member AS m SET star = found.star
    FROM (
        SELECT team.above, max(s.star) AS star
        FROM (
            SELECT line.above, sum(m.sales) AS sales
            FROM line JOIN plain.member AS m ON m.id = line.member GROUP BY line.above
        ) AS team JOIN plain.star AS s ON s.least <= team.sales
        GROUP BY team.above
    ) AS found
    WHERE found.above = m.id AND m.star < found.star;

-- part: awards recursively
CREATE TEMPORARY TABLE earned_team ON COMMIT DROP AS
    SELECT above AS member, floor(sum((rate - passed) * amount) / 100)::bigint AS amount
    FROM (
        SELECT line.above, s.rate, r.amount,
            coalesce(max(s.rate) OVER (
                PARTITION BY line.member ORDER BY line.generation ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ), 0) AS passed
        FROM line
            JOIN released AS r ON r.member = line.member
            JOIN plain.member AS m ON m.id = line.above
            JOIN plain.star AS s ON s.star = m.star
    ) AS each
    WHERE rate > passed GROUP BY above;
CREATE TEMPORARY TABLE "earned_same-level" ON COMMIT DROP AS
    WITH nearest AS (
        SELECT DISTINCT ON (line.member) line.member, line.above, own.star = m.star AS peers
        FROM line
            JOIN plain.member AS own ON own.id = line.member AND own.star > 0
            JOIN plain.member AS m ON m.id = line.above AND m.star >= own.star
        ORDER BY line.member, line.generation
    ), downline AS (
        SELECT line.above AS member, sum(r.amount) AS amount
        FROM line JOIN released AS r ON r.member = line.member GROUP BY line.above
    )
    SELECT nearest.above AS member, floor(3 * sum(downline.amount) / 100)::bigint AS amount
    FROM nearest JOIN downline ON downline.member = nearest.member WHERE nearest.peers GROUP BY nearest.above;

-- part: stars by generation
-- How deep everybody stands, then sums that go up one generation after the other.
CREATE TEMPORARY TABLE depth ON COMMIT DROP AS
    WITH RECURSIVE depth (member, depth) AS (
        SELECT id, 0 FROM plain.member WHERE sponsor IS NULL
        UNION ALL
        SELECT m.id, depth.depth + 1 FROM depth JOIN plain.member AS m ON m.sponsor = depth.member
    )
    SELECT depth.member, depth.depth, m.sponsor, m.sales, 0::bigint AS team
    FROM depth JOIN plain.member AS m ON m.id = depth.member;
CREATE INDEX ON depth (depth);
CREATE UNIQUE INDEX ON depth (member);
ANALYZE depth;
DO $$
DECLARE at int;
BEGIN
    FOR at IN REVERSE (SELECT max(depth) FROM depth)..1 LOOP
        UPDATE depth AS d SET team = found.sales
            FROM (SELECT sponsor, sum(sales + team) AS sales FROM depth WHERE depth = at GROUP BY sponsor) AS found
            WHERE found.sponsor = d.member;
    END LOOP;
END $$;
UPDATE plain.member AS m SET star = found.star
    FROM (
        SELECT d.member, max(s.star) AS star FROM depth AS d JOIN plain.star AS s ON s.least <= d.team GROUP BY d.member
    ) AS found
    WHERE found.member = m.id AND m.star < found.star;

-- part: awards by generation
-- What comes up to a member, by the highest rate it has passed.
CREATE TEMPORARY TABLE come (member bigint, passed bigint, amount numeric) ON COMMIT DROP;
CREATE INDEX ON come (member);
CREATE TEMPORARY TABLE stand ON COMMIT DROP AS
    SELECT m.id AS member, m.sponsor, d.depth, m.star, s.rate, coalesce(r.amount, 0) AS amount
    FROM plain.member AS m
        JOIN depth AS d ON d.member = m.id
        JOIN plain.star AS s ON s.star = m.star
        LEFT JOIN released AS r ON r.member = m.id;
CREATE INDEX ON stand (depth);
CREATE UNIQUE INDEX ON stand (member);
ANALYZE stand;
-- The nearest above who has at least one star, two, …
CREATE TEMPORARY TABLE nearest (member bigint PRIMARY KEY, above bigint[]) ON COMMIT DROP;
INSERT INTO nearest SELECT member, array_fill(NULL::bigint, ARRAY[7]) FROM stand WHERE depth = 0;
DO $$
DECLARE at int;
BEGIN
    FOR at IN REVERSE (SELECT max(depth) FROM stand)..1 LOOP
        INSERT INTO come
            SELECT sponsor, passed, sum(amount)
            FROM (
                SELECT s.sponsor, greatest(come.passed, s.rate) AS passed, come.amount
                FROM stand AS s JOIN come ON come.member = s.member WHERE s.depth = at
                UNION ALL
                SELECT sponsor, 0, amount FROM stand WHERE depth = at AND amount > 0
            ) AS each
            GROUP BY sponsor, passed;
    END LOOP;
    FOR at IN 1..(SELECT max(depth) FROM stand) LOOP
        INSERT INTO nearest
            SELECT s.member, ARRAY(
                SELECT CASE WHEN up.star >= star THEN up.member ELSE n.above[star] END
                FROM generate_series(1, 7) AS star ORDER BY star
            )
            FROM stand AS s JOIN stand AS up ON up.member = s.sponsor JOIN nearest AS n ON n.member = s.sponsor
            WHERE s.depth = at;
    END LOOP;
END $$;
CREATE TEMPORARY TABLE earned_team ON COMMIT DROP AS
    SELECT c.member, floor(sum((s.rate - c.passed) * c.amount) / 100)::bigint AS amount
    FROM come AS c JOIN stand AS s ON s.member = c.member WHERE s.rate > c.passed GROUP BY c.member;
CREATE TEMPORARY TABLE "earned_same-level" ON COMMIT DROP AS
    SELECT up.member, floor(3 * sum(c.amount) / 100)::bigint AS amount
    FROM stand AS s
        JOIN nearest AS n ON n.member = s.member
        JOIN stand AS up ON up.member = n.above[s.star] AND up.star = s.star
        JOIN come AS c ON c.member = s.member
    WHERE s.star > 0 GROUP BY up.member;
