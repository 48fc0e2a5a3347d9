"""The KPI catalogue of domain §5: one pure module for each KPI or family, put together by `catalogue`."""
