-- When schedules tick; follows queue_keys.lua. Schedules/CronSearch.swift finds the same moments.
--
-- s  sorted set of schedules that will tick; score = next tick, ms
-- S  hash: name -> <I6 begins, ms> <I6 last tick, ms> <I6 jobs pushed>
--    <I2 length> timing <I2 length> zone <I2 length> look, and the record of its jobs from the flags on
--
-- Timing: 'i' <I6 asked start, ms, or 0> <I6 interval, ms>, or
--         'c' <I6 asked start> <B 1 when either day suffices>, then a digit for each value, '1' when the line names it:
--         60 seconds, 60 minutes, 24 hours, 31 days of the month and its last, 12 months, 7 days from Sunday; then
--         the name of the time zone
-- Zone:   <I6 from, s> <I6 to, s>: for which time it holds; <i4 seconds east of UTC at first>, then for each change
--         <I6 when, s> <i4 seconds east from then on>. '' is UTC.
-- Look:   <B 1 when missed ticks are skipped> <B length> task, cron line: for those who list schedules
local horizon_ms = 631152000000  -- a tick is looked for so far ahead: 20 years
local day_s = 86400

local function read_schedule(text)
    local begins, last, runs, timing, zone, look, at = struct.unpack('<I6I6I6I2c0I2c0I2c0', text)
    local schedule = {
        begins = begins, last = last, runs = runs, timing = timing, zone = zone, look = look,
        job = string.sub(text, at), is_skipping = string.byte(look) == 1,
        start = (struct.unpack('<I6', timing, 2)),
    }
    if string.sub(timing, 1, 1) == 'i' then
        schedule.interval = struct.unpack('<I6', timing, 8)
        return schedule
    end
    schedule.either = string.byte(timing, 8) == 1
    schedule.seconds, schedule.minutes = string.sub(timing, 9, 68), string.sub(timing, 69, 128)
    schedule.hours, schedule.days = string.sub(timing, 129, 152), string.sub(timing, 153, 184)
    schedule.months, schedule.weekdays = string.sub(timing, 185, 196), string.sub(timing, 197, 203)
    schedule.any_hour = not string.find(schedule.hours, '0', 1, true)
    -- From moments[i] on, a clock there is offsets[i] ahead of UTC.
    local moments, offsets = {-math.huge}, {0}
    if zone ~= '' then offsets[1] = struct.unpack('<i4', zone, 13) end
    for i = 17, #zone, 10 do
        moments[#moments + 1], offsets[#offsets + 1] = struct.unpack('<I6i4', zone, i)
    end
    schedule.moments, schedule.offsets = moments, offsets
    return schedule
end

local function sized(text)
    return struct.pack('<I2', #text) .. text
end

local function write_schedule(schedule)
    return struct.pack('<I6I6I6', schedule.begins, schedule.last, schedule.runs)
        .. sized(schedule.timing) .. sized(schedule.zone) .. sized(schedule.look) .. schedule.job
end

-- The first value from `value` on that a set of digits has, from 0; nil when there is none.
local function at_least(set, value)
    local at = string.find(set, '1', value + 1, true)
    return at and at - 1
end

-- Days since 1970 of a date; month 13 is the next January.
local function day_number(year, month, day)
    -- Counted from March, so that a leap day is the last of its year.
    if month < 3 then year, month = year - 1, month + 12 end
    return 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
        + math.floor((153 * month - 457) / 5) + day - 719469
end

-- Year, month and day of a day since 1970.
local function date_of(number)
    local days = number + 719468  -- since the first of March of year 0, of which 400 years have 146 097
    local era = math.floor(days / 146097)
    local day = days - era * 146097
    local year = math.floor(
        (day - math.floor(day / 1460) + math.floor(day / 36524) - math.floor(day / 146096)) / 365)
    day = day - (365 * year + math.floor(year / 4) - math.floor(year / 100))
    local month = math.floor((5 * day + 2) / 153)
    day = day - math.floor((153 * month + 2) / 5) + 1
    year = year + era * 400
    if month < 10 then return year, month + 3, day end
    return year + 1, month - 9, day
end

-- The first day, since 1970, that fits and is in that month, from that day of it on; nil when there is none.
local function day_in_month(cron, year, month, day)
    local first = day_number(year, month, 1)
    local length = day_number(year, month + 1, 1) - first
    while day <= length do
        local by_date = at_least(cron.days, day - 1)
        if by_date and by_date < length then
            by_date = by_date + 1
        else
            by_date = string.sub(cron.days, 32) == '1' and length or nil
        end
        local by_week
        for candidate = day, math.min(day + 6, length) do
            if string.byte(cron.weekdays, (first + candidate + 3) % 7 + 1) == 49 then
                by_week = candidate
                break
            end
        end
        if cron.either then
            local found = math.min(by_date or 99, by_week or 99)
            return found < 99 and first + found - 1 or nil
        end
        if not by_date or not by_week then return nil end
        if by_date == by_week then return first + by_date - 1 end
        day = math.max(by_date, by_week)
    end
end

-- The first day since 1970 that fits, from a day on; looks no further than the month of `last`.
local function next_day(cron, number, last)
    local year, month, day = date_of(number)
    while number <= last do
        local found = string.byte(cron.months, month) == 49 and day_in_month(cron, year, month, day)
        if found then return found end
        local following = at_least(cron.months, month)
        if not following then year, following = year + 1, at_least(cron.months, 0) end
        month, day = following + 1, 1
        number = day_number(year, month, day)
    end
end

-- The first second of a day that fits, from a second on; nil when there is none.
local function next_time(cron, time)
    local hour, minute = math.floor(time / 3600), math.floor(time / 60) % 60
    local found = at_least(cron.hours, hour)
    if found == hour then
        local at_minute = at_least(cron.minutes, minute)
        if at_minute == minute then
            local at_second = at_least(cron.seconds, time % 60)
            if at_second then return hour * 3600 + minute * 60 + at_second end
            at_minute = at_least(cron.minutes, minute + 1)
        end
        if at_minute then return hour * 3600 + at_minute * 60 + at_least(cron.seconds, 0) end
        found = at_least(cron.hours, hour + 1)
    end
    return found and found * 3600 + at_least(cron.minutes, 0) * 60 + at_least(cron.seconds, 0)
end

-- The first second of a clock that fits, from `from` to before `limit`; nil when there is none.
local function next_local(cron, from, limit)
    local today, last = math.floor(from / day_s), math.floor((limit - 1) / day_s)
    local day = next_day(cron, today, last)
    local time = 0
    if day == today then
        time = next_time(cron, from - today * day_s)
        if not time then day, time = next_day(cron, today + 1, last), 0 end
    end
    if not day then return nil end
    if day > today then time = next_time(cron, 0) end
    local found = day * day_s + time
    return found < limit and found or nil
end

-- The first tick after a moment, ms; nil when there is none in 20 years.
local function next_tick(schedule, after_ms)
    if schedule.interval then
        if after_ms < schedule.begins then return schedule.begins end
        local count = math.floor((after_ms - schedule.begins) / schedule.interval) + 1
        return schedule.begins + count * schedule.interval
    end
    local stop = math.floor((after_ms + horizon_ms) / 1000)
    local from = math.floor(math.max(after_ms, schedule.begins - 1) / 1000) + 1
    local moments, offsets = schedule.moments, schedule.offsets
    local part = #moments
    while moments[part] > from do part = part - 1 end
    while from <= stop do
        local offset, before = offsets[part], offsets[part - 1]
        local ends = math.min(moments[part + 1] or stop + 1, stop + 1)
        local first = from + offset
        if before then
            -- Clocks were set forward: what they left out is due now.
            if from == moments[part] and before < offset and next_local(schedule, from + before, first) then
                return from * 1000
            end
            -- Clocks were set back: what they show a second time was due the first time.
            if not schedule.any_hour then first = math.max(first, moments[part] + before) end
        end
        local found = next_local(schedule, first, ends + offset)
        if found then return (found - offset) * 1000 end
        part, from = part + 1, ends
    end
end
