"""The workbench: where a person determines the requests that Isocenter recommends on."""
