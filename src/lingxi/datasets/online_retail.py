"""Online Retail II: two years of a British gift shop's invoices, with cancellations; as Excel, CSV or Parquet."""

from __future__ import annotations

from typing import Final

from lingxi.datasets._public import Layout, Public

PUBLIC: Final = Public(
    name="online_retail",
    about="Online Retail II: the invoices of a British online gift shop, December 2009 to December 2011 (UCI).",
    about_zh="Online Retail II：一家英国礼品网店 2009 年 12 月至 2011 年 12 月的发票（UCI）。",
    published="https://archive.ics.uci.edu/dataset/502/online+retail+ii",
    terms="CC BY 4.0",
    layouts=(
        Layout(
            "invoices",
            ("*retail*.xlsx", "*retail*.csv", "*retail*.parquet", "data.csv"),
            "events",
            {
                "at": ("InvoiceDate", "invoice_date"),
                "user": ("Customer ID", "CustomerID", "customer_id"),
                "item": ("StockCode", "stock_code"),
                "order": ("Invoice", "InvoiceNo", "invoice"),
                "quantity": ("Quantity", "quantity"),
                "price": ("Price", "UnitPrice", "unit_price"),
                "item.title": ("Description", "description"),
                "user.country": ("Country", "country"),
            },
            kind="purchase",
            formats=("%Y-%m-%d %H:%M:%S", "%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M"),
            zone="Europe/London",
            prefix="C",
        ),
    ),
)
