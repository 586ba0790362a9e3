-- SPDX-License-Identifier: Apache-2.0
-- The table of cn.kepu.device.inspected.

CREATE TABLE kepu.fact_device_inspection (
        occurred_on date   NOT NULL,
        event_key   uuid   NOT NULL,
        natural_key uuid   NOT NULL,
        device_id   text COLLATE "C" NOT NULL,
        facility_id text COLLATE "C" NOT NULL REFERENCES kepu.facility,
        result      text COLLATE "C" NOT NULL CHECK (result IN ('fit', 'repair', 'withdrawn')),
        faults      bigint NOT NULL CHECK (faults >= 0),
        PRIMARY KEY (event_key)
);
COMMENT ON TABLE kepu.fact_device_inspection IS 'Inspections of the exhibits and instruments of a facility';
COMMENT ON COLUMN kepu.fact_device_inspection.occurred_on IS 'day of the inspection';
COMMENT ON COLUMN kepu.fact_device_inspection.natural_key IS 'hash of device and day: the same inspection told twice has the same';

SELECT ingest.register_tables('fact', 'kepu.fact_device_inspection');
SELECT ingest.grant_rights();
