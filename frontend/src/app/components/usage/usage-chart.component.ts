import { Component, ElementRef, computed, inject, input } from '@angular/core';
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { NgxEchartsDirective, provideEchartsCore } from 'ngx-echarts';

import { ThemeService } from '../../services/theme.service';
import { count } from '../../state/format';
import { Columns, REST } from '../../state/spending-words';

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

/** Columns over time. All that it says stands in the table below it, too. */
@Component({
  selector: 'app-usage-chart',
  imports: [NgxEchartsDirective],
  providers: [provideEchartsCore({ echarts })],
  template: `<div class="chart" aria-hidden="true" echarts [options]="options()"></div>`,
  styles: `
    .chart {
      height: 260px;
    }
  `,
})
export class UsageChartComponent {
  readonly columns = input.required<Columns>();
  /** What a value is: 'EUR', 'tokens', 's'. */
  readonly unit = input.required<string>();
  /** Whether parts add up to a column; otherwise it is a line. */
  readonly stacked = input(true);

  private readonly theme = inject(ThemeService);
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;

  protected readonly options = computed(() => {
    this.theme.isDark(); // which decides what the colours are
    const { periods, series } = this.columns();
    const [ink, faint, line, panel] = ['--ink', '--faint', '--line', '--panel'].map((name) => this.colour(name));
    const text = { color: faint, fontFamily: 'inherit', fontSize: 11.5 };
    return {
      animation: false,
      grid: { left: 4, right: 8, top: 14, bottom: series.length > 1 ? 34 : 6, containLabel: true },
      legend: { show: series.length > 1, type: 'scroll', bottom: 0, itemWidth: 9, itemHeight: 9, textStyle: text },
      tooltip: {
        trigger: 'axis',
        renderMode: 'richText', // the page allows no style that stands in its text
        backgroundColor: panel,
        borderColor: line,
        textStyle: { color: ink, fontSize: 12 },
        valueFormatter: (value: unknown) => `${count(Number(value))} ${this.unit()}`,
      },
      xAxis: {
        type: 'category',
        data: [...periods],
        axisLine: { lineStyle: { color: line } },
        axisTick: { show: false },
        axisLabel: { ...text, hideOverlap: true, formatter: (day: string) => day.slice(5) },
      },
      yAxis: {
        type: 'value',
        splitNumber: 3,
        splitLine: { lineStyle: { color: line } },
        axisLabel: { ...text, formatter: (value: number) => compact.format(value) },
      },
      series: series.map(({ name, values }, place) => ({
        name,
        type: this.stacked() ? 'bar' : 'line',
        stack: this.stacked() ? 'all' : undefined,
        data: [...values],
        barMaxWidth: 34,
        symbolSize: 5,
        color: this.colour(name === REST ? '--line-strong' : `--${COLOURS[place % COLOURS.length]}`),
      })),
    };
  });

  private colour(name: string): string {
    return getComputedStyle(this.element).getPropertyValue(name).trim();
  }
}

/** Colour tokens, side by side as unlike as can be. */
const COLOURS = ['blue', 'amber', 'violet', 'green', 'rose', 'teal', 'orange'] as const;
const compact = new Intl.NumberFormat($localize.locale, { notation: 'compact', maximumFractionDigits: 2 });
