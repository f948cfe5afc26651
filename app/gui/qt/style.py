# ruff: noqa: E501  (a table reads best with one entry a line)
"""The style sheet of the window; `@name` stands for the colour of that name in a `Theme`."""

from typing import Final

STYLE: Final = """
* { outline: none; }
QMainWindow, QDialog { background: @window; }
QWidget { color: @text; }
QToolTip { background: @raised; color: @text; border: 1px solid @border; padding: 5px 7px; }

QFrame[card="true"] { background: @card; border: 1px solid @border; border-radius: 10px; }
QLabel { background: transparent; }
QLabel[muted="true"] { color: @muted; }
QLabel[title="true"] { font-weight: 600; }
QLabel[heading="true"] { font-size: 17pt; font-weight: 600; }
QLabel[axis="valence"] { color: @valence; }
QLabel[axis="arousal"] { color: @arousal; }
QLabel[axis="valence"][dimmed="true"], QLabel[axis="arousal"][dimmed="true"] { color: @muted; }
QLabel[warning="true"] { color: @warning; }
QLabel[recording="true"] { color: @record; font-weight: 600; }

QMenuBar { background: @window; color: @text; padding: 2px 6px; }
QMenuBar::item { background: transparent; padding: 4px 9px; border-radius: 5px; }
QMenuBar::item:selected { background: @raised; }
QMenu { background: @card; color: @text; border: 1px solid @border; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 22px; border-radius: 5px; }
QMenu::item:selected { background: @raised; }
QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @border; margin: 5px 8px; }
QMenu::indicator { width: 12px; height: 12px; left: 5px; }

QToolButton, QPushButton {
    background: @raised; color: @text; border: 1px solid transparent; border-radius: 7px; padding: 5px 10px;
}
QToolButton:hover, QPushButton:hover { border-color: @accent; }
QToolButton:pressed, QPushButton:pressed { background: @border; }
QToolButton:focus, QPushButton:focus { border-color: @accent; }
QToolButton:disabled, QPushButton:disabled { color: @muted; background: transparent; border-color: @border; }
QToolButton:checked, QPushButton:checked { background: @accent; color: @card; }
QFileDialog QToolButton { padding: 3px; }
QToolButton[popupMode="2"], QToolButton[menu="true"] { padding-right: 22px; }
QToolButton::menu-indicator { subcontrol-position: right center; right: 7px; }
QToolButton[flat="true"] { background: transparent; padding: 5px; }
QToolButton[flat="true"]:hover { background: @raised; }
QToolButton[flat="true"]:disabled { border-color: transparent; }
QToolButton[flat="true"]:checked { background: @accent; }
QToolButton[segment="true"] { background: transparent; border-radius: 6px; padding: 4px 10px; border: 1px solid transparent; }
QToolButton[segment="true"]:hover, QToolButton[segment="true"]:focus { border-color: @accent; }
QToolButton[segment="true"]:checked { background: @card; color: @text; font-weight: 600; }
QToolButton[segment="true"][axis="valence"]:checked { color: @valence; }
QToolButton[segment="true"][axis="arousal"]:checked { color: @arousal; }
QToolButton[recording="true"] { background: @record; color: white; }
QPushButton[primary="true"] { background: @accent; color: @card; font-weight: 600; padding: 7px 18px; }
QFrame[segments="true"] { background: @raised; border-radius: 8px; }

QLineEdit, QPlainTextEdit, QTextBrowser, QSpinBox, QDoubleSpinBox {
    background: @window; color: @text; border: 1px solid @border; border-radius: 7px; padding: 5px 8px;
    selection-background-color: @accent; selection-color: @card;
}
QAbstractSpinBox QLineEdit { border: none; padding: 0; background: transparent; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QTextBrowser[plain="true"] { border: none; background: transparent; padding: 0; }
QLineEdit:focus, QPlainTextEdit:focus { border-color: @accent; }
QComboBox { background: @raised; color: @text; border: 1px solid transparent; border-radius: 7px; padding: 5px 10px; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: none; }
QComboBox:disabled { color: @muted; background: transparent; border-color: @border; }
QComboBox:hover, QComboBox:focus { border-color: @accent; }
QComboBox QAbstractItemView { background: @card; color: @text; border: 1px solid @border; selection-background-color: @raised;
    selection-color: @text; padding: 4px; }
QCheckBox { background: transparent; spacing: 7px; }
QCheckBox:disabled { color: @muted; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid @muted; border-radius: 4px; background: @card; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent; }
QCheckBox::indicator:checked:disabled { background: @muted; border-color: @muted; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: @accent; }
QCheckBox:focus { color: @accent; }

QSlider::groove:horizontal { height: 4px; background: @faint; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QSlider::handle:horizontal { background: @text; width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: @accent; }
QSlider::sub-page:horizontal:disabled { background: @faint; }
QSlider::handle:horizontal:disabled { background: @faint; }

QSplitter::handle { background: transparent; }
QStatusBar { background: @window; color: @muted; border: none; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: @muted; padding: 0 4px; }
QStatusBar QLabel[warning="true"] { color: @warning; }
QStatusBar QLabel[recording="true"] { color: @record; font-weight: 600; }

QTableView, QTreeView, QListView { background: @card; alternate-background-color: @window; color: @text; border: 1px solid @border;
    border-radius: 7px; gridline-color: @border; selection-background-color: @raised; selection-color: @text; }
QListView { padding: 4px; }
QListView::item { padding: 6px 8px; border-radius: 5px; }
QListView::item:selected { background: @raised; color: @text; }
QHeaderView { background: @card; border: none; }
QHeaderView::section { background: @card; color: @muted; border: none; border-bottom: 1px solid @border; padding: 5px 8px; }
QTableCornerButton::section { background: @card; border: none; }
QTabWidget::pane { border: 1px solid @border; border-radius: 7px; background: @card; }
QTabBar::tab { background: transparent; color: @muted; padding: 6px 14px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: @text; border-bottom-color: @accent; }

QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @faint; border-radius: 5px; min-height: 24px; min-width: 24px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""
